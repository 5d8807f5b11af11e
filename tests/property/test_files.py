"""Bytes from outside: whatever they are, they are read right or refused."""

from __future__ import annotations

import contextlib
import json
from io import BytesIO
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from minshi.errors import InputError, ModelError
from minshi.model_file import read_metadata
from minshi.readers.encoding import decode_text
from minshi.readers.jsonl import read_jsonl
from minshi.types import Document, Span
from minshi.writers import WRITERS

TOY = (Path(__file__).parents[1] / "data" / "toy" / "model.onnx").read_bytes()
COMMON = "关于申请人姓名住址的公示：经村委会审核，现公布如下名单。"
# Two lone surrogates that would make a pair are one character to JSON.
anything = st.text(st.characters()).filter(lambda text: json.loads(json.dumps(text)) == text)
printable = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@given(st.data())
def test_damaged_models_are_read_or_refused_but_never_crash(data):
    model = bytearray(TOY)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.one_of(st.integers(0, 300), st.integers(len(TOY) - 600, len(TOY) - 1)))
        action = data.draw(st.sampled_from(["set", "insert", "delete", "cut"]))
        if action == "set" and place < len(model):
            model[place] = data.draw(st.integers(0, 255))
        elif action == "insert":
            model[place:place] = data.draw(st.binary(max_size=12))
        elif action == "delete":
            del model[place : place + data.draw(st.integers(1, 12))]
        elif action == "cut":
            del model[place:]
    with contextlib.suppress(ModelError):
        assert isinstance(read_metadata(bytes(model)), dict)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_read_as_a_model_or_refused(data):
    with contextlib.suppress(ModelError):
        read_metadata(data)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_read_as_text_or_refused_without_a_word_of_them(data):
    try:
        assert isinstance(decode_text(data, "a.txt"), str)
    except InputError as err:
        message = str(err)
        assert message.startswith("a.txt: ")
        assert message.isascii()


@given(printable)
def test_utf_8_comes_back_character_by_character(text):
    text = "公" + text
    assert decode_text(text.encode("utf-8"), "a") == text
    assert decode_text(text.encode("utf-8-sig"), "a") == text
    assert decode_text(text.encode("utf-16"), "a") == text


@given(printable)
def test_gb18030_comes_back_character_by_character(text):
    text = COMMON * (1 + len(text) // 20) + text + "\u3002"
    assert decode_text(text.encode("gb18030"), "a") == text


@given(st.lists(st.tuples(anything, anything), min_size=1, max_size=5), st.booleans())
def test_json_lines_come_back_character_by_character(records, ensure_ascii):
    lines = [json.dumps({"id": name, "text": text}, ensure_ascii=True) + "\n" for name, text in records]
    if not ensure_ascii:
        encodable = [(name, text) for name, text in records if (name + text).isprintable()]
        lines = [json.dumps({"id": name, "text": text}, ensure_ascii=False) + "\n" for name, text in encodable or [("a", "b")]]
        records = encodable or [("a", "b")]
    assert list(read_jsonl(BytesIO("".join(lines).encode("utf-8")), "a")) == [Document(name, text) for name, text in records]


@given(anything, anything.filter(bool))
def test_findings_come_back_from_json_lines_as_they_were(name, text):
    stream = BytesIO()
    doc = Document(name, text, (Span(0, len(text), "NAME", 0.5, "rule:x"),))
    WRITERS["jsonl"](stream, model="m", with_text=True)(doc)
    record = json.loads(stream.getvalue())
    assert (record["id"], record["spans"][0]["text"]) == (name, text)
