"""Every format gives back what was written, whatever the text."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minshi.types import Document, Span
from minshi_train.corpus.formats import FORMATS

LABELS = ("NAME", "HEALTH")


@st.composite
def documents(draw, alphabet="甲乙丙𠮷😀a1 ，。\n\t\\#O"):
    text = draw(st.text(alphabet, min_size=1, max_size=30))
    edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = tuple(
        Span(start, end, draw(st.sampled_from(LABELS)))
        for start, end in zip(edges[::2], edges[1::2], strict=False)
        if text[start:end].strip() == text[start:end]
    )
    return Document(f"d{draw(st.integers(0, 10**9))}", text, spans, meta={"genre": "公示", "form": "prose"})


def back(name, docs):
    with TemporaryDirectory() as folder:
        place = Path(folder) / "data"
        FORMATS[name].write(place, docs)
        return list(FORMATS[name].read(place))


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"brat"}))
@given(docs=st.lists(documents(), max_size=3))
def test_a_round_trip_loses_nothing(name, docs):
    assert back(name, docs) == docs


@given(documents())
def test_a_brat_round_trip_loses_only_meta(doc):
    (read,) = back("brat", [doc])
    assert (read.id, read.text, read.spans) == (doc.id, doc.text, doc.spans)


def test_doccano_counts_as_browsers_do(tmp_path):
    path = tmp_path / "export.jsonl"
    path.write_text('{"text": "😀𠮷丁一", "label": [[4, 6, "NAME"]]}\n', encoding="utf-8")
    (doc,) = FORMATS["doccano"].read(path)
    assert [doc.text[span.start : span.end] for span in doc.spans] == ["丁一"]
