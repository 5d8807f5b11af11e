"""Annotated and public data: what is read, what is refused, and how documents are split."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from minshi.errors import ConfigError, InputError
from minshi.labels import LabelSchema
from minshi.types import Document, Span
from minshi_train.config import DataConfig, PublicCorpus
from minshi_train.corpus.annotated import read_annotated, write_annotated
from minshi_train.corpus.build import build, split_of
from minshi_train.corpus.public import read_public

SCHEMA = LabelSchema(("NAME", "HEALTH"))


def _data(tmp_path: Path, **changes: Any) -> DataConfig:
    return DataConfig(annotated=[str(tmp_path / "*.jsonl")], dev_share=0.2, test_share=0.2, **changes)


def _write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8")
    return path


def _record(number: int, text: str = "") -> dict[str, Any]:
    name = "张" + chr(ord("一") + number)  # nobody twice: a name in two splits would leave its training document out
    return {"id": f"d{number}", "text": text or f"{name}{number}患病。", "spans": [{"start": 0, "end": 2, "label": "NAME"}]}


def test_annotated_documents_survive_a_round_trip(tmp_path: Path) -> None:
    docs = [Document("a", "张三\r\n😀", (Span(0, 2, "NAME"),), meta={"genre": "x"}), Document("b", "")]
    write_annotated(tmp_path / "a.jsonl", docs)
    assert list(read_annotated(tmp_path / "a.jsonl")) == docs


@pytest.mark.parametrize(
    "spans",
    [
        [{"start": 0, "end": 0, "label": "NAME"}],
        [{"start": 1, "end": 99, "label": "NAME"}],
        [{"start": 0, "end": 2, "label": "NAME"}, {"start": 1, "end": 3, "label": "NAME"}],
        [{"start": 0, "label": "NAME"}],
    ],
)
def test_impossible_spans_are_refused_with_file_and_line(tmp_path: Path, spans: list[dict[str, Any]]) -> None:
    path = _write(tmp_path / "a.jsonl", _record(1), {"id": "x", "text": "张三患病", "spans": spans})
    with pytest.raises(InputError, match=r"a\.jsonl:2"):
        list(read_annotated(path))


def test_each_document_lands_in_one_split_and_repeats_are_dropped(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", *(_record(n) for n in range(60)), _record(99, "张丁 1患病。"))
    out = build(_data(tmp_path), SCHEMA, tmp_path / "out", seed=1)
    splits = {split: {doc.id for doc in read_annotated(out / f"{split}.jsonl")} for split in ("train", "dev", "test")}
    assert all(splits.values())
    assert sum(len(ids) for ids in splits.values()) == len(set.union(*splits.values())) == 60


def test_new_documents_do_not_move_old_ones_between_splits(tmp_path: Path) -> None:
    config = _data(tmp_path)
    before = {n: split_of(f"d{n}", config) for n in range(50)}
    assert before == {n: split_of(f"d{n}", config) for n in range(50)}
    assert set(before.values()) == {"train", "dev", "test"}


def test_a_label_outside_the_schema_is_refused(tmp_path: Path) -> None:
    record = {"id": "x", "text": "张三", "spans": [{"start": 0, "end": 2, "label": "NAEM"}]}
    _write(tmp_path / "a.jsonl", record)
    with pytest.raises(InputError, match="x: label 'NAEM'"):
        build(_data(tmp_path), SCHEMA, tmp_path / "out", seed=1)


def test_a_pattern_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        build(_data(tmp_path), SCHEMA, tmp_path / "out", seed=1)


def test_public_corpora_join_training_only_and_say_what_they_annotate(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", *(_record(n) for n in range(30)))
    corpus = tmp_path / "news.jsonl.xz"
    with lzma.open(corpus, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"text": "李四到北京", "ents": [[0, 2, "PER"], [3, 5, "LOC"], [1, 2, "PER"]]}))
    public = PublicCorpus(path=corpus, labels={"PER": "NAME"}, complete=["NAME"])
    out = build(_data(tmp_path, public=[public]), SCHEMA, tmp_path / "out", seed=1)
    of_others = [doc for doc in read_annotated(out / "train.jsonl") if "complete" in doc.meta]
    assert [(doc.spans, doc.meta["complete"]) for doc in of_others] == [((Span(0, 2, "NAME"),), ["NAME"])]
    assert not any("complete" in doc.meta for split in ("dev", "test") for doc in read_annotated(out / f"{split}.jsonl"))


def test_a_limit_takes_the_same_sample_each_time(tmp_path: Path) -> None:
    corpus = _write(tmp_path / "n.jsonl", *({"text": f"第{n}句", "ents": []} for n in range(40)))
    public = PublicCorpus(path=corpus, labels={"PER": "NAME"}, complete=["NAME"], limit=7)
    first, second = read_public(public, SCHEMA, seed=5), read_public(public, SCHEMA, seed=5)
    assert first == second
    assert len(first) == 7


def test_joined_sentences_keep_their_entities_and_lose_no_text(tmp_path: Path) -> None:
    records = [{"text": f"甲{n}李四", "ents": [[len(f"甲{n}"), len(f"甲{n}") + 2, "PER"]]} for n in range(25)]
    corpus = _write(tmp_path / "n.jsonl", *records)
    public = PublicCorpus(path=corpus, labels={"PER": "NAME"}, complete=["NAME"], joined=30)
    docs = read_public(public, SCHEMA, seed=1)
    assert 1 < len(docs) < 25
    assert "".join(doc.text for doc in docs).splitlines() == [record["text"] for record in records]
    assert {doc.text[span.start : span.end] for doc in docs for span in doc.spans} == {"李四"}
    assert sum(len(doc.spans) for doc in docs) == 25


def test_a_mapping_to_an_unknown_label_is_refused(tmp_path: Path) -> None:
    corpus = _write(tmp_path / "n.jsonl", {"text": "x", "ents": []})
    with pytest.raises(ConfigError, match="'NAEM' is not a label"):
        read_public(PublicCorpus(path=corpus, labels={"PER": "NAEM"}, complete=["NAME"]), SCHEMA, seed=1)


def test_a_malformed_public_line_is_named(tmp_path: Path) -> None:
    corpus = _write(tmp_path / "n.jsonl", {"text": "x", "ents": []}, {"text": "x", "ents": [[0, 9, "PER"]]})
    with pytest.raises(InputError, match=r"n\.jsonl:2"):
        read_public(PublicCorpus(path=corpus, labels={"PER": "NAME"}, complete=["NAME"]), SCHEMA, seed=1)
