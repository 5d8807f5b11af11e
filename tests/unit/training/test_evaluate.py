"""Figures of the evaluation, computed by hand on a toy alphabet whose tags can be read off its characters."""

from __future__ import annotations

import pytest
import toy

from minshi.types import Document, Span
from minshi_train.evaluate import evaluate, prf


def _gold(*pieces: str | tuple[str, int, int], spans: tuple[Span, ...] | None = None) -> Document:
    text, found = toy.build(pieces)
    return Document("d", text, found if spans is None else spans)


def test_a_perfect_tagger_has_perfect_figures() -> None:
    docs = [_gold("公示：", ("NAME", 3, 0), "，", ("HEALTH", 4, 1)), _gold("什么也没有。")]
    metrics = evaluate(toy.alphabet_tagger(), docs)
    assert metrics["micro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "f2": 1.0}
    assert (metrics["character_recall"], metrics["character_precision"], metrics["over_redaction"]) == (1.0, 1.0, 0.0)
    assert (metrics["leaking_documents"], metrics["negative_documents_flagged"]) == (0.0, 0.0)


def test_a_wrong_boundary_is_an_error_of_both_kinds_and_leaks_a_character() -> None:
    doc = _gold("甲", ("NAME", 3, 0), "乙", spans=(Span(0, 4, "NAME"),))
    metrics = evaluate(toy.alphabet_tagger(), [doc, _gold(("NAME", 2, 0))])
    assert metrics["labels"]["NAME"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "f2": 0.5, "gold": 2}
    assert metrics["character_recall"] == pytest.approx(5 / 6, abs=1e-4)
    assert metrics["leaking_documents"] == 0.5


def test_a_wrong_label_counts_against_both_labels_but_leaks_nothing() -> None:
    metrics = evaluate(toy.alphabet_tagger(), [_gold(("NAME", 3, 0), spans=(Span(0, 3, "HEALTH"),))])
    assert metrics["labels"]["HEALTH"]["recall"] == metrics["labels"]["NAME"]["precision"] == 0.0
    assert (metrics["micro"]["f1"], metrics["character_recall"]) == (0.0, 1.0)


def test_a_finding_in_a_negative_document_is_counted() -> None:
    metrics = evaluate(toy.alphabet_tagger(), [_gold(("NAME", 2, 0), "乙丙", spans=()), _gold("甲")])
    assert (metrics["negative_documents"], metrics["negative_documents_flagged"]) == (2, 0.5)
    assert metrics["over_redaction"] == pytest.approx(2 / 5)


def test_seqeval_agrees_with_the_strict_figure() -> None:
    docs = [
        _gold("甲", ("NAME", 3, 0), ("NAME", 2, 9), "乙", spans=(Span(1, 4, "NAME"), Span(4, 7, "NAME"))),
        _gold(("FAMILY", 4, 0), "。", ("HEALTH", 1, 0), spans=(Span(0, 4, "FAMILY"),)),
    ]
    metrics = evaluate(toy.alphabet_tagger(), docs)
    assert 0 < metrics["micro"]["f1"] < 1
    assert metrics["seqeval_micro_f1"] == pytest.approx(metrics["micro"]["f1"], abs=1e-4)


def test_rule_findings_do_not_count_as_the_models() -> None:
    metrics = evaluate(toy.alphabet_tagger(), [Document("d", "邮箱 a@example.com")])
    assert metrics["negative_documents_flagged"] == 0.0


def test_nothing_found_and_nothing_wanted_is_zero_not_an_error() -> None:
    assert prf(0, 0, 0) == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "f2": 0.0}
