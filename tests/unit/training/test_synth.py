"""The generator: its language refuses what is wrong, and what it writes is marked right and the same every time."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import pytest

from minshi.errors import ConfigError, InputError
from minshi.readers.rows import row_text
from minshi.types import Document, Span
from minshi_train.config import load_labels, model_schema
from minshi_train.corpus.annotated import read_annotated
from minshi_train.corpus.leaks import without_leaks
from minshi_train.synth.facts import chinese_number
from minshi_train.synth.generate import generate, load_synth_config
from minshi_train.synth.grammar import parse, read_lexicon
from minshi_train.synth.tables import lay_out_table
from minshi_train.synth.templates import load_grammar, load_templates

ROOT = Path(__file__).parents[3]
LABELS = model_schema(load_labels(ROOT / "configs/labels.yaml")).labels


@pytest.fixture(scope="module")
def config():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        loaded = load_synth_config(Path("configs/synth.yaml"))
    return loaded.model_copy(update={"lexicons": ROOT / loaded.lexicons, "templates": ROOT / loaded.templates})


@pytest.fixture(scope="module")
def documents(config):
    return list(generate(config, LABELS, 400))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{disease", "not a slot"),
        ("[one|two", "without"),
        ("⟦HEALTH|unclosed", "without"),
        ("{n}", "bounds"),
        ("{disease:1-2}", "bounds"),
        ("<<row 1-2|x>>", "neither"),
        ("<<each 3-1 、|x>>", "range"),
        ("<<table 1-2|\nno cell here\n>>", "header = cell"),
    ],
)
def test_malformed_expressions_are_refused_with_the_place(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse(text)


@pytest.mark.parametrize(
    ("lexicon", "reason"),
    [
        (":: illness\n⟦HEALTH|尿毒症⟧\n", "lower-case"),
        (":: ILLNESS\n尿毒症\n", "must carry"),
        (":: ILLNESS\n⟦HEALTH|{missing}⟧\n", "unknown symbol"),
        (":: ILLNESS\n⟦DISEASE|尿毒症⟧\n", "unknown label"),
        (":: A\n⟦HEALTH|x⟧\n:: B\n⟦FAMILY|{A}⟧\n", "inside a mark"),
        (":: a\n{b}\n:: b\n{a}\n", "leads to itself"),
        (":: name\n张三\n", "twice"),
    ],
)
def test_lexicons_that_break_the_contract_are_refused(tmp_path, lexicon, reason):
    (tmp_path / "bad.txt").write_text(lexicon, encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        load_grammar(tmp_path, LABELS)


def test_a_broken_lexicon_line_is_named(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text(":: disease\n尿毒症\n[肺癌\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.txt:3"):
        read_lexicon(path)


def test_a_template_without_genre_is_named(tmp_path):
    (tmp_path / "t.txt").write_text("# comment\n=== only-an-id\ntext\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.txt:2.*genre"):
        load_templates(tmp_path, {}, LABELS)


def test_an_unknown_noise_is_refused(tmp_path):
    path = tmp_path / "synth.yaml"
    text = (ROOT / "configs/synth.yaml").read_text(encoding="utf-8").replace("  ocr:", "  orc:")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="orc"):
        load_synth_config(path)


def test_shipped_templates_are_many_and_various(config):
    templates = load_templates(config.templates, load_grammar(config.lexicons, LABELS), LABELS)
    assert len(templates) >= 200
    assert len({template.genre for template in templates}) >= 30
    assert len({template.body for template in templates}) == len(templates)
    assert sum(template.negative for template in templates) >= 40


def test_the_same_seed_writes_the_same_documents_whatever_the_count(config, documents):
    assert list(islice(generate(config, LABELS, 20), 20)) == documents[:20]
    assert list(generate(config.model_copy(update={"seed": 1}), LABELS, 5)) != documents[:5]


def test_generated_spans_are_clean(documents):
    for doc in documents:
        end = 0
        for span in doc.spans:
            text = doc.text[span.start : span.end]
            assert span.start >= end, doc.meta
            assert text.strip() == text != "", doc.meta
            assert span.label in LABELS
            end = span.end


def test_a_fifth_of_the_documents_hold_nothing(documents):
    assert sum(not doc.spans for doc in documents) >= len(documents) / 5


def test_every_label_is_there(documents):
    assert {span.label for doc in documents for span in doc.spans} == set(LABELS)


def test_a_person_has_one_name_in_a_document(tmp_path, config):
    (tmp_path / "t.txt").write_text("=== t | 公示 | prose\n{a.NAME}，{a.NAME}，{a.son.NAME}，{a.son.NAME}\n", encoding="utf-8")
    quiet = config.model_copy(update={"templates": tmp_path, "noise": {}, "name_kinds": {"han": 1.0}})
    for doc in generate(quiet, LABELS, 20):
        names = [doc.text[span.start : span.end] for span in doc.spans]
        assert names[0] == names[1]
        assert names[2] == names[3]
        assert names[0][0] == names[2][0], "father and son share the surname"


def test_every_table_layout_keeps_cells_and_labels():
    rows = [[[("丁一", "NAME")], [("因", ""), ("尿毒症", "HEALTH")]], [[("柏二", "NAME")], []]]
    for seed in range(60):
        runs = lay_out_table(Random(seed), ["姓名", "备注"], rows)
        assert [run for run in runs if run[1]] == [("丁一", "NAME"), ("尿毒症", "HEALTH"), ("柏二", "NAME")]


def test_a_row_skips_empty_cells_and_places_the_others():
    text, places = row_text(["姓名", "住址"], ["丁一", "溪口村"])
    assert text == "姓名：丁一；住址：溪口村"
    assert [text[start:end] for _, start, end in places] == ["丁一", "溪口村"]
    assert row_text(["姓名"], [""]) == ("", [])


@pytest.mark.parametrize(
    ("number", "text"), [(0, "零"), (10, "十"), (12, "十二"), (20, "二十"), (105, "一百零五"), (1010, "一千零一十")]
)
def test_chinese_numerals(number, text):
    assert chinese_number(number) == text


def test_training_documents_that_name_held_back_people_are_left_out():
    held_back = [Document("h", "公示：丁一 患病", (Span(3, 5, "NAME"),))]
    same_name = Document("a", "丁 一来访", (Span(0, 3, "NAME"),))
    same_text = Document("b", "公示：丁一患病")  # white space aside
    other = Document("c", "柏二来访", (Span(0, 2, "NAME"),))
    kept, leaks = without_leaks([same_name, same_text, other], held_back)
    assert kept == [other]
    assert leaks == [{"id": "a", "shares": "NAME", "with": "h"}, {"id": "b", "shares": "text", "with": "h"}]


def test_the_command_writes_what_the_reader_reads(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from minshi_train.cli import app

    monkeypatch.chdir(ROOT)
    out = tmp_path / "synth.jsonl"
    result = CliRunner().invoke(app, ["synth", "--count", "30", "--out", str(out)])
    assert result.exit_code == 0
    assert len(list(read_annotated(out))) == 30
    missing = CliRunner().invoke(app, ["synth", "--config", str(tmp_path / "none.yaml"), "--out", str(out)])
    assert missing.exit_code == 1
    assert "none.yaml" in missing.output
    assert "Traceback" not in missing.output
