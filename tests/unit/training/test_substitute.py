"""Mentions are replaced by mentions of the corpus; nothing else changes."""

from __future__ import annotations

import random
from typing import Any

import pytest
from datasets import Dataset
from torch import Tensor

from minshi.errors import ConfigError
from minshi.labels import LabelSchema
from minshi.types import Document, Span
from minshi_train.dataset import collate, windows
from minshi_train.substitute import Substitution

SCHEMA = LabelSchema(("NAME", "HEALTH"))
ALL = {"NAME": 1.0, "HEALTH": 1.0}
DOCS = (
    Document("a", "，张三患尿毒症，张三已出院。", (Span(1, 3, "NAME"), Span(4, 7, "HEALTH"), Span(8, 10, "NAME"))),
    Document("b", "，李四与欧阳明同来，均患白血病。", (Span(1, 3, "NAME"), Span(4, 7, "NAME"), Span(12, 15, "HEALTH"))),
    Document("c", "王五，赵六，钱七", (Span(0, 2, "NAME"), Span(3, 5, "NAME"), Span(6, 8, "NAME"))),
    Document("d", "，孙八。", (Span(1, 3, "NAME"),), meta={"loose": ("NAME",)}),
)


@pytest.fixture
def rows() -> Dataset:
    found = windows(DOCS, SCHEMA, size=64, context=8)
    return found.add_column("row", list(range(len(found))))


def _texts(batch: dict[str, Tensor]) -> list[str]:
    return ["".join(map(chr, points)).rstrip("\0") for points in batch["code_points"].tolist()]


def _shown(rows: Dataset, shares: dict[str, float], times: int) -> list[dict[str, Tensor]]:
    random.seed(3)
    collator = Substitution(rows, SCHEMA, shares, collate=collate)
    return [collator(list(rows)) for _ in range(times)]


def test_a_mention_becomes_one_of_its_label_and_length_and_the_same_words_the_same(rows: Dataset) -> None:
    texts = [_texts(batch) for batch in _shown(rows, ALL, 60)]
    names, illnesses = {"张三", "李四", "赵六"}, {"尿毒症", "白血病"}
    assert {first[1:3] for first, *_ in texts} == names
    assert all(first == f"，{first[1:3]}患{first[4:7]}，{first[1:3]}已出院。" for first, *_ in texts)
    assert {first[4:7] for first, *_ in texts} == illnesses
    assert all(second[3:12] == "与欧阳明同来，均患" for _, second, *_ in texts)  # no other name is as long


def test_what_may_be_cut_off_replaces_nothing_and_loose_edges_stay(rows: Dataset) -> None:
    texts = [_texts(batch) for batch in _shown(rows, ALL, 60)]
    people = {name for _, _, third, _ in texts for name in (third[:2], third[3:5], third[6:8])}
    assert people == {"张三", "李四", "赵六"}
    assert {fourth for *_, fourth in texts} == {"，孙八。"}


def test_tags_and_lengths_stay(rows: Dataset) -> None:
    before = collate(list(rows))
    for batch in _shown(rows, ALL, 5):
        assert batch["tags"].equal(before["tags"])
        assert [len(text) for text in _texts(batch)] == [len(doc.text) for doc in DOCS]


def test_a_share_of_the_mentions_of_a_label_is_replaced(rows: Dataset) -> None:
    texts = [_texts(batch)[1] for batch in _shown(rows, {"NAME": 0.4}, 400)]
    kept = sum(text.startswith("，李四") for text in texts)
    assert 0.65 < kept / 400 < 0.82  # .6 are left alone, and a third of the others draw themselves
    assert all(text.endswith("患白血病。") for text in texts)


def test_an_unknown_label_is_refused(rows: Dataset) -> None:
    with pytest.raises(ConfigError, match=r"train\.substitute\.NAMES: no such label \(known: NAME, HEALTH\)"):
        Substitution(rows, SCHEMA, {"NAMES": 0.4}, collate=collate)


def test_rows_of_dev_have_no_number_and_stay(rows: Dataset) -> None:
    dev: list[dict[str, Any]] = list(rows.remove_columns("row"))
    collator = Substitution(rows, SCHEMA, ALL, collate=collate)
    assert _texts(collator(dev)) == [doc.text for doc in DOCS]
