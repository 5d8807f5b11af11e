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
    Document("a", "张三患尿毒症，张三已出院。", (Span(0, 2, "NAME"), Span(3, 6, "HEALTH"), Span(7, 9, "NAME"))),
    Document("b", "李四与欧阳明同来，均患白血病", (Span(0, 2, "NAME"), Span(3, 6, "NAME"), Span(11, 14, "HEALTH"))),
    Document("c", "王五，赵六", (Span(0, 2, "NAME"), Span(3, 5, "NAME"))),
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
    return [collator([rows[0], rows[1], rows[2]]) for _ in range(times)]


def test_a_mention_becomes_one_of_its_label_and_length_and_the_same_words_the_same(rows: Dataset) -> None:
    texts = [_texts(batch) for batch in _shown(rows, ALL, 60)]
    names, illnesses = {"张三", "李四", "王五", "赵六"}, {"尿毒症", "白血病"}
    assert {first[:2] for first, _, _ in texts} == names
    assert all(first == f"{first[:2]}患{first[3:6]}，{first[:2]}已出院。" for first, _, _ in texts)
    assert {first[3:6] for first, _, _ in texts} == illnesses
    assert all(second[2:11] == "与欧阳明同来，均患" for _, second, _ in texts)  # no other name is as long
    assert len({third for _, _, third in texts}) > len(names)  # two people are drawn apart


def test_tags_and_lengths_stay(rows: Dataset) -> None:
    before = collate([rows[0], rows[1], rows[2]])
    for batch in _shown(rows, ALL, 5):
        assert batch["tags"].equal(before["tags"])
        assert [len(text) for text in _texts(batch)] == [len(doc.text) for doc in DOCS]


def test_a_share_of_the_mentions_of_a_label_is_replaced(rows: Dataset) -> None:
    texts = [_texts(batch)[1] for batch in _shown(rows, {"NAME": 0.4}, 400)]
    kept = sum(text.startswith("李四") for text in texts)
    assert 0.6 < kept / 400 < 0.8  # .6 are left alone, and a quarter of the others draw themselves
    assert all(text.endswith("患白血病") for text in texts)


def test_an_unknown_label_is_refused(rows: Dataset) -> None:
    with pytest.raises(ConfigError, match=r"train\.substitute\.NAMES: no such label; known: NAME, HEALTH"):
        Substitution(rows, SCHEMA, {"NAMES": 0.4}, collate=collate)


def test_rows_of_dev_have_no_number_and_stay(rows: Dataset) -> None:
    dev: list[dict[str, Any]] = list(rows.remove_columns("row"))
    collator = Substitution(rows, SCHEMA, ALL, collate=collate)
    assert _texts(collator(dev)) == [doc.text for doc in DOCS]
