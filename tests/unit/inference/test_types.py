from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from minshi.types import Anchor, Document, Span


def test_spans_are_equal_when_place_and_label_are_equal_whoever_found_them():
    assert Span(1, 3, "NAME", 0.4, "model") == Span(1, 3, "NAME", 0.9, "rule:x")
    assert hash(Span(1, 3, "NAME", 0.4)) == hash(Span(1, 3, "NAME", 0.9))
    assert Span(1, 3, "NAME") != Span(1, 3, "HEALTH")


def test_spans_sort_by_place():
    assert sorted([Span(4, 5, "A"), Span(1, 9, "B"), Span(1, 3, "C")]) == [Span(1, 3, "C"), Span(1, 9, "B"), Span(4, 5, "A")]


def test_a_printed_document_shows_nothing_of_its_text():
    doc = Document("公示.txt", "贾明月患肺结核", (Span(0, 3, "NAME"),), (Anchor(0, 7, "line=1"),))
    assert "贾明月" not in repr(doc)
    assert "公示.txt" in repr(doc)


def test_a_document_cannot_be_changed_but_copied():
    doc = Document("a", "文")
    with pytest.raises(FrozenInstanceError):
        doc.text = "别的"
    assert replace(doc, spans=(Span(0, 1, "NAME"),)).text == "文"


def test_documents_do_not_share_their_meta():
    assert Document("a", "").meta is not Document("b", "").meta
