"""Run a minshi model with numpy and onnxruntime alone: the contract of docs/embedding.md, in Python.

    python without_minshi.py model.onnx [operating point] < notice.txt

Prints [{"start", "end", "label", "score"}], offsets in code points, end exclusive. The rules that minshi runs beside the
model (identity numbers, phones …) are not part of the model file.
"""

import json
import math
import sys

import numpy as np
import onnxruntime as ort

BORDERS = ("\n", "。！？!?", "；;", "，,、 \t\u3000")  # where a window may end, best first
EDGE = " \t\r\n\u3000\u00a0，。；：、！？,;:!?"  # what a span never starts or ends with
REPLACEMENT = 0xFFFD


class Model:
    """The model file at an operating point: `tag(text)` returns spans."""

    def __init__(self, path, point="balanced"):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.contract = json.loads(self.session.get_modelmeta().custom_metadata_map["minshi"])
        if self.contract["format"] != 1:
            raise ValueError(f"the model has format {self.contract['format']}; this program reads format 1")
        points = {"balanced": {"bias": {}, "min_score": {}}, **self.contract.get("points", {})}
        if point not in points:
            raise ValueError(f"the model has no operating point {point!r}; it has {', '.join(points)}")
        self.point = points[point]

    def tag(self, text):
        """Return the spans of a text of any length."""
        points = np.array([ord(char) for char in text], dtype=np.int32)
        points[(points == 0) | ((points >= 0xD800) & (points <= 0xDFFF))] = REPLACEMENT
        found = []
        for window in windows(text, self.contract["window"], self.contract["context"]):
            # One window a call: int8 activations depend on everything in the call.
            log_probs = self.session.run(["log_probs"], {"code_points": points[None, window[0] : window[1]]})[0][0]
            found.append((window, spans_of(log_probs, self.contract, self.point["bias"])))
        least = self.point["min_score"]
        sure = [span for span in stitched(found, len(text)) if span["score"] >= least.get(span["label"], 0)]
        return list(trimmed(sure, text))


def windows(text, size, context):
    """Yield (start, end, own_start, own_end): the model reads start to end and answers for own_start to own_end."""
    own_start = 0
    while own_start < len(text):
        start = max(0, own_start - context)
        end = min(len(text), start + size)
        own_end = end if end == len(text) else border(text, (own_start + end) // 2, end - context)
        yield start, end, own_start, own_end
        own_start = own_end


def border(text, low, high):
    """Return the last best border in (low, high], else high."""
    for chars in BORDERS:
        position = max(text.rfind(char, low, high) for char in chars)
        if position >= 0:
            return position + 1
    return high


def viterbi(log_probs, tags):
    """Return the best sequence of tags in which I-x follows only B-x or I-x."""
    barred = np.array([[0 if not b.startswith("I-") or a[2:] == b[2:] else -np.inf for b in tags] for a in tags])
    best, back = barred[0] + log_probs[0], []  # a text begins as if it followed an O
    for row in log_probs[1:]:
        paths = best[:, None] + barred
        back.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + row
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def spans_of(log_probs, contract, bias):
    """Return the spans of one window; a score is that of the least certain tag, calibrated, bias aside."""
    tags, spans = contract["tags"], []
    biased = log_probs + np.array([bias.get(tag[2:], 0) for tag in tags], dtype=np.float32)
    path = [tags[tag] for tag in viterbi(biased, tags)]
    chosen = [row[tags.index(tag)] for row, tag in zip(log_probs, path, strict=True)]
    for start, tag in enumerate(path):
        if tag.startswith("B-"):
            end = start + 1
            while end < len(path) and path[end] == "I-" + tag[2:]:
                end += 1
            score = calibrated(math.exp(min(chosen[start:end])), contract.get("calibration"))
            spans.append({"start": start, "end": end, "label": tag[2:], "score": round(score, 4)})
    return spans


def calibrated(certainty, calibration):
    """Turn the model's certainty into the probability that the span is right."""
    if calibration in (None, {"slope": 1.0, "offset": 0.0}):
        return certainty
    bounded = min(max(certainty, 1e-6), 1 - 1e-6)
    logit = math.log(bounded / (1 - bounded))
    return 0.5 + 0.5 * math.tanh((calibration["slope"] * logit + calibration["offset"]) / 2)


def stitched(found, length):
    """Yield spans of the text: each window answers for what it owns, and continues a span that the one before cut off."""
    last, is_open = None, False
    for (start, end, own_start, own_end), spans in found:
        spans = [{**span, "start": span["start"] + start, "end": span["end"] + start} for span in spans]
        if is_open:
            last = continued(last, spans)
            is_open = last["end"] == end < length
            if not is_open:
                yield last
        for span in spans:
            if span["end"] <= own_start or span["start"] >= own_end:
                continue
            if last and span["start"] < last["end"]:
                if span["label"] == last["label"] or span["end"] <= last["end"]:
                    continue
                span = {**span, "start": last["end"]}
            last, is_open = span, span["end"] == end < length
            if not is_open:
                yield span
    if is_open:
        yield last


def continued(cut, spans):
    """Return a span that the end of its window cut, with what the next window saw of it."""
    for span in spans:
        if span["start"] < cut["end"] < span["end"] and span["label"] == cut["label"]:
            return {**cut, "end": span["end"], "score": min(cut["score"], span["score"])}
    return cut


def trimmed(spans, text):
    """Yield the spans without white space and separators at their edges."""
    for span in spans:
        inner = text[span["start"] : span["end"]]
        start, end = span["end"] - len(inner.lstrip(EDGE)), span["start"] + len(inner.rstrip(EDGE))
        if start < end:
            yield {**span, "start": start, "end": end}


if __name__ == "__main__":
    notice = sys.stdin.buffer.read().decode("utf-8", "surrogatepass")
    print(json.dumps(Model(*sys.argv[1:]).tag(notice), ensure_ascii=False))
