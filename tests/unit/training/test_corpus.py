"""Annotated and public data: what is read, what is refused, and how documents are split."""

from __future__ import annotations

import hashlib
import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from minshi.errors import ConfigError, InputError
from minshi.labels import LabelSchema
from minshi.types import Document, Span
from minshi_train.config import DataConfig, PublicConfig
from minshi_train.corpus.annotated import read_annotated, write_annotated
from minshi_train.corpus.build import build, split_of
from minshi_train.corpus.plain import text_files
from minshi_train.corpus.public import PublicCorpus, WordList, read_public, words_by_symbol
from minshi_train.corpus.standoff import write_standoff

SCHEMA = LabelSchema(("NAME", "HEALTH"))


def _data(tmp_path: Path, **changes: Any) -> DataConfig:
    return DataConfig(annotated=[str(tmp_path / "*.jsonl")], dev_share=0.2, test_share=0.2, **changes)


def _write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8")
    return path


def _record(number: int, text: str = "") -> dict[str, Any]:
    name = "张" + chr(ord("一") + number)  # nobody twice: a name in two splits would leave its training document out
    return {"id": f"d{number}", "text": text or f"{name}{number}患病。", "spans": [{"start": 0, "end": 2, "label": "NAME"}]}


def _manifest(out: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((out / "build.json").read_text(encoding="utf-8"))
    return manifest


def _ids(out: Path) -> dict[str, set[str]]:
    return {split: {doc.id for doc in read_annotated(out / f"{split}.jsonl")} for split in ("train", "dev", "test")}


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
        [{"start": "0", "end": "2", "label": "NAME"}],
        [{"start": 0, "end": 2.0, "label": "NAME"}],
        [{"start": False, "end": 2, "label": "NAME"}],
        [{"start": 0, "end": 2, "label": 5}],
    ],
)
def test_impossible_spans_are_refused_with_file_and_line(tmp_path: Path, spans: list[dict[str, Any]]) -> None:
    path = _write(tmp_path / "a.jsonl", _record(1), {"id": "x", "text": "张三患病", "spans": spans})
    with pytest.raises(InputError, match=r"a\.jsonl:2"):
        list(read_annotated(path))


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(json.dumps(_record(1)).encode() + b"\n" + json.dumps(_record(2), ensure_ascii=False).encode("gb18030"))
    with pytest.raises(InputError, match=r"a\.jsonl:2: not UTF-8"):
        list(read_annotated(path))


def test_a_byte_order_mark_is_no_part_of_the_first_document(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(json.dumps(_record(1)).encode("utf-8-sig"))
    assert [doc.id for doc in read_annotated(path)] == ["d1"]


def test_each_document_lands_in_one_split_and_repeats_are_dropped(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", *(_record(n) for n in range(60)), _record(99, "张丁 1患病。"))
    out = build(_data(tmp_path), SCHEMA, tmp_path / "out", seed=1)
    splits = {split: {doc.id for doc in read_annotated(out / f"{split}.jsonl")} for split in ("train", "dev", "test")}
    assert all(splits.values())
    assert sum(len(ids) for ids in splits.values()) == len(set.union(*splits.values())) == 60
    assert _manifest(out)["repeats_left_out"] == 1


def test_near_repeats_are_dropped_before_the_split(tmp_path: Path) -> None:
    notice = "关于拟将张一纳入农村最低生活保障范围的公示，公示期为七天，有异议请向镇民政办反映。"
    _write(tmp_path / "a.jsonl", _record(1, notice), _record(2, notice.replace("七", "五")), *(_record(n) for n in range(3, 40)))
    out = build(_data(tmp_path), SCHEMA, tmp_path / "out", seed=1)
    assert _manifest(out)["repeats_left_out"] == 1


def test_new_documents_do_not_move_old_ones_between_splits(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", *(_record(n) for n in range(30)))
    config = _data(tmp_path)
    old = _ids(build(config, SCHEMA, tmp_path / "old", seed=1))
    _write(tmp_path / "b.jsonl", *(_record(n) for n in range(30, 60)))
    new = _ids(build(config, SCHEMA, tmp_path / "new", seed=2))
    assert all(old[split] <= new[split] for split in old)
    assert sum(map(len, new.values())) == 60


def test_documents_of_one_template_stay_together(tmp_path: Path) -> None:
    records = [{**_record(n), "meta": {"template": f"t{n % 40}"}} for n in range(80)]
    config = _data(tmp_path)
    docs = list(read_annotated(_write(tmp_path / "a.jsonl", *records)))
    splits = {template: {split_of(doc, config) for doc in docs if doc.meta["template"] == template} for template in ("t1", "t2")}
    assert all(len(found) == 1 for found in splits.values())
    assert {split_of(doc, config) for doc in docs} == {"train", "dev", "test"}


def test_the_manifest_accounts_for_what_went_in_and_came_out(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", *(_record(n) for n in range(30)))
    out = build(_data(tmp_path), SCHEMA, tmp_path / "out", seed=7)
    manifest = _manifest(out)
    assert manifest["seed"] == 7
    assert manifest["inputs"] == {path.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()}
    for split, entry in manifest["splits"].items():
        written = out / f"{split}.jsonl"
        assert entry["sha256"] == hashlib.sha256(written.read_bytes()).hexdigest()
        assert entry["documents"] == len(list(read_annotated(written)))


def test_what_is_left_out_of_training_is_on_record_without_its_text(tmp_path: Path) -> None:
    records = [_record(n) for n in range(40)]
    _write(tmp_path / "a.jsonl", *records)
    config = _data(tmp_path)
    tested = _ids(build(config, SCHEMA, tmp_path / "out", seed=1))["test"]
    name = next(record["text"][:2] for record in records if record["id"] in tested)
    twin = next(f"x{n}" for n in range(99) if split_of(Document(f"x{n}", ""), config) == "train")
    _write(tmp_path / "b.jsonl", {**_record(0, f"{name}来访。"), "id": twin})
    out = build(config, SCHEMA, tmp_path / "out", seed=1)
    (leak,) = map(json.loads, (out / "leaks.jsonl").read_text(encoding="utf-8").splitlines())
    assert (leak["id"], leak["shares"]) == (twin, "NAME")
    assert twin not in set.union(*_ids(out).values())
    assert name not in (out / "leaks.jsonl").read_text(encoding="utf-8") + (out / "report.html").read_text(encoding="utf-8")


def test_an_unmarked_repeat_of_a_name_is_listed_among_the_problems(tmp_path: Path) -> None:
    text = "欧阳一患病。欧阳一住院。"
    record = {"id": "r", "text": text, "spans": [{"start": 0, "end": 3, "label": "NAME"}]}
    _write(tmp_path / "a.jsonl", record, *(_record(n) for n in range(20)))
    out = build(_data(tmp_path), SCHEMA, tmp_path / "out", seed=1)
    assert "a.jsonl:1: [6, 9)" in (out / "problems.txt").read_text(encoding="utf-8")
    assert _manifest(out)["problems"] == 1


def test_a_label_outside_the_schema_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    record = {"id": "x", "text": "张三", "spans": [{"start": 0, "end": 2, "label": "NAEM"}]}
    _write(tmp_path / "a.jsonl", record)
    with pytest.raises(InputError, match="x: label 'NAEM'"):
        build(_data(tmp_path), SCHEMA, tmp_path / "out", seed=1)
    assert not (tmp_path / "out").exists()


def test_a_pattern_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        build(_data(tmp_path), SCHEMA, tmp_path / "out", seed=1)


def _sources(tmp_path: Path, **changes: Any) -> PublicConfig:
    """A folder with one corpus, one that is missing, and the file that describes both."""
    folder = tmp_path / "public"
    folder.mkdir()
    with lzma.open(folder / "news.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"text": "李四到北京", "ents": [[0, 2, "PER"], [3, 5, "LOC"], [1, 2, "PER"]]}))
    entry = {"licence": "x", "meaning": "x", "labels": {"PER": "NAME"}, "complete": ["NAME"]}
    corpora = [{"name": name, "path": f"{name}.jsonl.xz", **entry} for name in ("news", "absent")]
    path = tmp_path / "corpus.yaml"
    path.write_text(json.dumps({"look_in": [str(tmp_path / "nowhere"), folder.name], "corpora": corpora}), encoding="utf-8")
    return PublicConfig(config=path, **changes)


def test_public_corpora_join_training_only_and_say_what_they_annotate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _write(tmp_path / "a.jsonl", *(_record(n) for n in range(30)))
    out = build(_data(tmp_path, public=_sources(tmp_path, missing="skip")), SCHEMA, tmp_path / "out", seed=1)
    of_others = [doc for doc in read_annotated(out / "train.jsonl") if "complete" in doc.meta]
    assert [(doc.spans, doc.meta["complete"]) for doc in of_others] == [((Span(0, 2, "NAME"),), ["NAME"])]
    assert not any("complete" in doc.meta for split in ("dev", "test") for doc in read_annotated(out / f"{split}.jsonl"))
    assert _manifest(out)["missing"] == ["public/absent.jsonl.xz"]


def test_a_missing_corpus_ends_the_build_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _write(tmp_path / "a.jsonl", *(_record(n) for n in range(30)))
    config = _data(tmp_path, public=_sources(tmp_path))
    with pytest.raises(ConfigError, match=r"^data\.public\.config: .*absent\.jsonl\.xz: no such .*data\.public\.missing=skip"):
        build(config, SCHEMA, tmp_path / "out", seed=1)
    named = config.public.model_copy(update={"only": ["new"]})
    with pytest.raises(ConfigError, match=r"no corpus 'new'; known: news, absent, did you mean 'news'\?"):
        build(config.model_copy(update={"public": named}), SCHEMA, tmp_path / "out", seed=1)


def _corpus(path: Path, **changes: Any) -> PublicCorpus:
    entry = {"name": "news", "path": path, "licence": "x", "meaning": "x", "labels": {"PER": "NAME"}, "complete": ["NAME"]}
    return PublicCorpus.model_validate({**entry, **changes})


def test_a_limit_takes_the_same_sample_each_time(tmp_path: Path) -> None:
    corpus = _corpus(_write(tmp_path / "n.jsonl", *({"text": f"第{n}句", "ents": []} for n in range(40))), limit=7)
    first, second = read_public(corpus, SCHEMA, seed=5), read_public(corpus, SCHEMA, seed=5)
    assert first == second
    assert len(first) == 7


def test_joined_sentences_keep_their_entities_and_lose_no_text(tmp_path: Path) -> None:
    records = [{"text": f"甲{n}李四", "ents": [[len(f"甲{n}"), len(f"甲{n}") + 2, "PER"]]} for n in range(25)]
    docs = read_public(_corpus(_write(tmp_path / "n.jsonl", *records), joined=30), SCHEMA, seed=1)
    assert 1 < len(docs) < 25
    assert "".join(doc.text for doc in docs).splitlines() == [record["text"] for record in records]
    assert {doc.text[span.start : span.end] for doc in docs for span in doc.spans} == {"李四"}
    assert sum(len(doc.spans) for doc in docs) == 25


def test_entities_that_are_known_not_to_be_ours_stay_unmarked(tmp_path: Path) -> None:
    record = {"text": "李四与张某、周女士", "ents": [[0, 2, "PER"], [3, 5, "PER"], [6, 9, "PER"]]}
    corpus = _corpus(_write(tmp_path / "n.jsonl", record), outside=".某|.女士")
    assert [doc.spans for doc in read_public(corpus, SCHEMA, seed=1)] == [(Span(0, 2, "NAME"),)]


def test_a_mapping_to_an_unknown_label_is_refused(tmp_path: Path) -> None:
    corpus = _corpus(_write(tmp_path / "n.jsonl", {"text": "x", "ents": []}), labels={"PER": "NAEM"})
    with pytest.raises(ConfigError, match="'NAEM' is not a label"):
        read_public(corpus, SCHEMA, seed=1)


def test_a_malformed_public_line_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "n.jsonl", {"text": "x", "ents": []}, {"text": "x", "ents": [[0, 9, "PER"]]})
    with pytest.raises(InputError, match=r"n\.jsonl:2"):
        read_public(_corpus(path), SCHEMA, seed=1)


def test_word_lists_give_each_word_once(tmp_path: Path) -> None:
    path = tmp_path / "w.tsv"
    path.write_text("茂兴里\t99\n茂兴里\t3\n\n巨登...\n龙山家园\t20\n", encoding="utf-8")
    words = WordList(path=path, symbol="estate", share=0.5, licence="x")
    assert words_by_symbol([words]) == {"estate": (0.5, ["茂兴里", "龙山家园"])}


def test_files_of_their_own_can_be_held_back_as_they_are(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", *(_record(n) for n in range(20)))
    held_back = [str(_write(tmp_path / "b.jsonl", _record(3), _record(50)))]
    given = {"annotated": [str(tmp_path / "a.jsonl")], "dev": held_back, "test": held_back, "drop_leaks": False}
    config = DataConfig.model_validate({**given, "dev_share": 0, "test_share": 0})
    ids = _ids(build(config, SCHEMA, tmp_path / "out", seed=1))
    assert ids["dev"] == ids["test"] == {"d3", "d50"}
    assert ids["train"] == {f"d{n}" for n in range(20)}, "a benchmark is used as it is"
    strict = build(config.model_copy(update={"drop_leaks": True}), SCHEMA, tmp_path / "strict", seed=1)
    assert _ids(strict)["train"] == {f"d{n}" for n in range(20)} - {"d3"}


def test_a_split_comes_from_files_or_from_a_share_not_from_both() -> None:
    with pytest.raises(ValueError, match="either dev files or a dev_share above 0"):
        DataConfig(annotated=["a"], dev=["b"], dev_share=0.1, test_share=0.1)


def test_plain_text_is_found_by_an_absolute_pattern(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    paths = [tmp_path / "a.txt", tmp_path / "deep" / "b.txt"]
    for path in paths:
        path.write_text("一段话\n", encoding="utf-8")
    assert text_files([f"{tmp_path}/**/*.txt"]) == paths
    with pytest.raises(ConfigError, match="no such file"):
        text_files([f"{tmp_path}/*.md"])


def test_files_that_only_train_are_never_held_back(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", *(_record(n) for n in range(40)))
    once = _write(tmp_path / "once.jsonl.part", *(_record(n) for n in range(40, 80)))
    ids = _ids(build(_data(tmp_path, train=[str(once)]), SCHEMA, tmp_path / "out", seed=1))
    assert {f"d{n}" for n in range(40, 80)} <= ids["train"]
    assert ids["dev"]
    assert ids["test"]


def test_excerpts_come_from_what_is_trained_on_and_join_it(tmp_path: Path) -> None:
    records = [{**_record(n), "text": f"张{chr(ord('一') + n)}{n}\n备注：无", "meta": {"form": "kv"}} for n in range(40)]
    ids = _ids(build(_data(tmp_path, excerpts=9), SCHEMA, _write(tmp_path / "a.jsonl", *records).parent / "out", seed=1))
    cut = {doc_id for doc_id in ids["train"] if "/" in doc_id}
    assert len(cut) == 9
    assert {doc_id.split("/")[0] for doc_id in cut} <= ids["train"]
    assert not any("/" in doc_id for doc_id in ids["dev"] | ids["test"])


def test_annotation_finds_its_text_again_and_nothing_else(tmp_path: Path) -> None:
    docs = [Document("r1", "李四到北京", (Span(0, 2, "NAME"),)), Document("r2", "无人", ())]
    write_standoff(tmp_path / "apart.jsonl", docs)
    assert "李四" not in (tmp_path / "apart.jsonl").read_text(encoding="utf-8")
    with lzma.open(tmp_path / "plain.txt.xz", "wt", encoding="utf-8") as file:
        file.write("别的一行\n李四到北京\n李四到北京\n")
    _write(tmp_path / "news.jsonl", {"text": "无人"}, {"text": "李四到北京市"})
    same = {"annotation": tmp_path / "apart.jsonl", "labels": {"NAME": "NAME"}}
    found = [read_public(_corpus(tmp_path / name, **same), SCHEMA, seed=1) for name in ("plain.txt.xz", "news.jsonl")]
    assert [[(doc.id, doc.text, doc.spans) for doc in group] for group in found] == [
        [("r1", "李四到北京", (Span(0, 2, "NAME"),))],
        [("r2", "无人", ())],
    ]


def test_annotation_that_does_not_fit_its_text_is_named(tmp_path: Path) -> None:
    write_standoff(tmp_path / "apart.jsonl", [Document("r1", "李四", (Span(0, 9, "NAME"),))])
    corpus = _corpus(_write(tmp_path / "n.jsonl", {"text": "李四"}), annotation=tmp_path / "apart.jsonl")
    with pytest.raises(InputError, match=r"apart\.jsonl:1: does not fit its text"):
        read_public(corpus, SCHEMA, seed=1)
