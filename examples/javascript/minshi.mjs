// Run a minshi model in Node or a browser: the contract of docs/embedding.md, in JavaScript.
//
//   import * as ort from "onnxruntime-node";              // or onnxruntime-web
//   const tagger = await Tagger.load(ort, await readFile("model.onnx"));
//   await tagger.tag("张三患尿毒症。");                      // [{start, end, label, score}], offsets in code points, end exclusive
//
// The rules that minshi runs beside the model (identity numbers, phones …) are not part of the model file.

const BORDERS = ["\n", "。！？!?", "；;", "，,、 \t\u3000"]; // where a window may end, best first
const EDGE = " \t\r\n\u3000\u00a0，。；：、！？,;:!?"; // what a span never starts or ends with
const REPLACEMENT = 0xfffd;

export class Tagger {
  constructor(ort, session, contract, point = pointOf(contract, "balanced")) {
    Object.assign(this, { ort, session, contract, point, labels: labelsOf(contract.tags) });
  }

  /** `model` holds the bytes of model.onnx, a Uint8Array; `options` go to the session; `point` names an operating point. */
  static async load(ort, model, options = {}, point = "balanced") {
    const contract = readContract(model); // first: no session is made of a model of another format
    const chosen = pointOf(contract, point);
    return new Tagger(ort, await ort.InferenceSession.create(model, options), contract, chosen);
  }

  async tag(text) {
    const chars = Array.from(text); // one element a code point, as Python counts
    const points = Int32Array.from(chars, (char) => {
      const point = char.codePointAt(0);
      return point === 0 || (point >= 0xd800 && point <= 0xdfff) ? REPLACEMENT : point;
    });
    const windows = [];
    for (const window of segment(chars, this.contract.window, this.contract.context)) {
      // One window a call: int8 activations depend on everything in the call.
      const window_points = points.slice(window.start, window.end);
      const input = new this.ort.Tensor("int32", window_points, [1, window_points.length]);
      const { log_probs } = await this.session.run({ code_points: input });
      windows.push([window, decode(log_probs.data, this.labels, this.point.bias, this.contract.calibration)]);
    }
    const sure = stitch(windows, chars.length).filter(({ label, score }) => score >= (this.point.min_score[label] ?? 0));
    return trimmed(sure, chars);
  }
}

function labelsOf(tags) {
  const labels = tags.filter((tag) => tag.startsWith("B-")).map((tag) => tag.slice(2));
  const expected = ["O", ...labels.flatMap((label) => [`B-${label}`, `I-${label}`])];
  if (tags.join() !== expected.join()) throw new Error("the model's tags are not O followed by B-, I- pairs");
  return labels;
}

function pointOf({ points }, name) {
  const known = { balanced: { bias: {}, min_score: {} }, ...points };
  if (Object.hasOwn(known, name)) return known[name];
  throw new Error(`the model has no operating point "${name}"; it has ${Object.keys(known).join(", ")}`);
}

function* segment(chars, size, context) {
  for (let own_start = 0; own_start < chars.length; ) {
    const start = Math.max(0, own_start - context);
    const end = Math.min(chars.length, start + size);
    const own_end = end === chars.length ? end : border(chars, Math.floor((own_start + end) / 2), end - context);
    yield { start, end, own_start, own_end };
    own_start = own_end;
  }
}

function border(chars, low, high) {
  for (const group of BORDERS) {
    for (let at = high - 1; at >= low; at--) if (group.includes(chars[at])) return at + 1;
  }
  return high;
}

// Tags are numbered O = 0, then B = 2i + 1 and I = 2i + 2 of label i; I follows only B or I of its label.
function viterbi(log_probs, count) {
  const length = log_probs.length / count;
  const follows = (from, to) => to === 0 || to % 2 === 1 || from === to || from === to - 1;
  const greedy = Array.from({ length }, (_, at) => {
    let best = 0;
    for (let tag = 1; tag < count; tag++) if (log_probs[at * count + tag] > log_probs[at * count + best]) best = tag;
    return best;
  });
  if (greedy.every((tag, at) => follows(at ? greedy[at - 1] : 0, tag))) return greedy;
  let best = Array.from({ length: count }, (_, tag) => (follows(0, tag) ? log_probs[tag] : -Infinity));
  const back = [];
  for (let at = 1; at < length; at++) {
    const from = best.map((_, tag) => {
      let chosen = 0;
      const score = (previous) => (follows(previous, tag) ? best[previous] : -Infinity);
      for (let previous = 1; previous < count; previous++) if (score(previous) > score(chosen)) chosen = previous;
      return chosen;
    });
    best = best.map((_, tag) => (follows(from[tag], tag) ? best[from[tag]] : -Infinity) + log_probs[at * count + tag]);
    back.push(from);
  }
  const tags = [best.indexOf(Math.max(...best))];
  for (const from of back.reverse()) tags.unshift(from[tags[0]]);
  return tags;
}

function decode(log_probs, labels, bias, calibration) {
  const count = 2 * labels.length + 1;
  const biases = [0, ...labels.flatMap((label) => Array(2).fill(bias[label] ?? 0))]; // of each tag; scores are without
  const tags = viterbi(log_probs.map((value, at) => value + biases[at % count]), count);
  const spans = [];
  for (let start = 0; start < tags.length; start++) {
    if (tags[start] % 2 === 0) continue;
    let end = start + 1;
    while (tags[end] === tags[start] + 1) end++;
    let least = Infinity;
    for (let at = start; at < end; at++) least = Math.min(least, log_probs[at * count + tags[at]]);
    spans.push({ start, end, label: labels[(tags[start] - 1) / 2], score: calibrated(Math.exp(least), calibration) });
  }
  return spans;
}

function calibrated(certainty, { slope, offset } = { slope: 1, offset: 0 }) {
  if (slope === 1 && offset === 0) return certainty;
  const bounded = Math.min(Math.max(certainty, 1e-6), 1 - 1e-6);
  return 1 / (1 + Math.exp(-(slope * Math.log(bounded / (1 - bounded)) + offset)));
}

// The window that owns a character answers for it; a span cut by the end of its window is continued by the next.
function stitch(windows, length) {
  const result = [];
  let last = null;
  let is_open = false;
  for (const [window, found] of windows) {
    const spans = found.map((span) => ({ ...span, start: span.start + window.start, end: span.end + window.start }));
    if (is_open) {
      const more = spans.find((span) => span.start < last.end && last.end < span.end && span.label === last.label);
      if (more) last = { ...last, end: more.end, score: Math.min(last.score, more.score) };
      is_open = last.end === window.end && window.end < length;
      if (!is_open) result.push(last);
    }
    for (let span of spans) {
      if (span.end <= window.own_start || span.start >= window.own_end) continue;
      if (last && span.start < last.end) {
        if (span.label === last.label || span.end <= last.end) continue;
        span = { ...span, start: last.end };
      }
      last = span;
      is_open = span.end === window.end && window.end < length;
      if (!is_open) result.push(span);
    }
  }
  if (is_open) result.push(last);
  return result;
}

function trimmed(spans, chars) {
  return spans.flatMap((span) => {
    let { start, end } = span;
    while (start < end && EDGE.includes(chars[start])) start++;
    while (start < end && EDGE.includes(chars[end - 1])) end--;
    return start < end ? [{ ...span, start, end }] : [];
  });
}

// The metadata "minshi" of an ONNX file. JavaScript sessions do not give metadata, so the protobuf is read here: field 14 of
// the model holds pairs of key (field 1) and value (field 2); all else is skipped.
function readContract(bytes) {
  for (const [field, pair] of fields(bytes)) {
    if (field !== 14) continue;
    const texts = Object.fromEntries([...fields(pair)].map(([key, value]) => [key, new TextDecoder().decode(value)]));
    if (texts[1] !== "minshi") continue;
    const contract = JSON.parse(texts[2]);
    if (contract.format !== 1) throw new Error(`the model has format ${contract.format}; this program reads format 1`);
    return contract;
  }
  throw new Error("not a minshi model: it carries no metadata");
}

function* fields(bytes) {
  const cut = "not an ONNX file, or it was cut short";
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= bytes.length) throw new Error(cut);
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const kind = key % 8;
    const value = kind === 0 || kind === 2 ? varint() : 0;
    const length = [0, 8, value, Infinity, Infinity, 4, Infinity, Infinity][kind]; // 3, 4, 6 and 7 are not in an ONNX file
    if (at + length > bytes.length) throw new Error(cut);
    if (kind === 2) yield [Math.floor(key / 8), bytes.subarray(at, at + length)];
    at += length;
  }
}
