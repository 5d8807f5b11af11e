"""The report's figures, on a toy alphabet whose tags can be read off its characters."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
import toy
from typer.testing import CliRunner

from minshi.bundle import load_bundle
from minshi.types import Document, Span
from minshi_train import cli, stages
from minshi_train.cli import app
from minshi_train.config import dump_config, parse_config
from minshi_train.corpus.annotated import write_annotated
from minshi_train.encoder import load_encoder
from minshi_train.evaluate import cover, measure, share
from minshi_train.examine import calibration, confidence, curve, errors, examine, relaxed, slices
from minshi_train.folders import CHECKPOINT
from minshi_train.model import new_model, save_model
from minshi_train.provenance import describe_export
from minshi_train.report import write_reports
from minshi_train.stages import checkpoint_tagger, exported_calibration

ROOT = Path(__file__).parents[3]
TAGGED = (Span(0, 3, "NAME", 0.9), Span(5, 9, "HEALTH", 0.4))


def _judged(gold: tuple[Span, ...], found: tuple[Span, ...] = TAGGED) -> list[tuple[Document, list[Span]]]:
    return [(Document("d", "欧阳一，患尿毒症三年。", gold, meta={"form": "prose", "genre": "x"}), list(found))]


def test_relaxed_figures_forgive_edges_or_labels_or_both() -> None:
    gold = (Span(0, 3, "FAMILY"), Span(5, 8, "HEALTH"), Span(10, 11, "HEALTH"))  # found: the first as a NAME, the second too long
    figures = relaxed(_judged(gold), ["NAME", "FAMILY", "HEALTH"])
    half, all_of_it = {"precision": 0.5, "recall": 0.3333, "f1": 0.4, "f2": 0.3571}, {"precision": 1.0, "recall": 0.6667}
    assert figures["boundaries"]["micro"] == figures["type"]["micro"] == half
    assert figures["overlap"]["micro"] == {**all_of_it, "f1": 0.8, "f2": 0.7143}
    found_but_not_gold = {"precision": 1.0, "recall": 0.0, "f1": 0.0, "f2": 0.0}
    assert figures["overlap"]["labels"]["NAME"] == figures["boundaries"]["labels"]["NAME"] == found_but_not_gold
    assert figures["overlap"]["labels"]["HEALTH"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "f2": 0.5556}
    third = {"precision": 0.3333, "recall": 0.1667, "f1": 0.2222, "f2": 0.1852}  # of HEALTH's, the others are 0
    assert figures["type"]["macro"] == third


def test_relaxed_figures_have_intervals_that_hold_them() -> None:
    wide = (Span(0, 3, "NAME"), Span(5, 10, "HEALTH"))
    mixed = _judged(wide) * 9 + _judged(()) * 9
    figures, ranges = relaxed(mixed, ["NAME", "HEALTH"]), confidence(mixed, ["NAME", "HEALTH"])["relaxed"]
    for told, edges in ((figures["type"][part], ranges["type"][part]) for part in ("micro", "macro")):
        assert told == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "f2": 0.8333}, "half the documents have no gold span"
        assert edges["precision"][0] < 0.5 < edges["precision"][1]
        assert edges["recall"] == (1.0, 1.0)
    assert ranges["boundaries"]["labels"]["HEALTH"]["f1"] == (0.0, 0.0)
    low, high = ranges["boundaries"]["labels"]["NAME"]["f2"]
    assert low < figures["boundaries"]["labels"]["NAME"]["f2"] < high


def test_an_interval_holds_the_figure_and_is_a_point_where_every_document_is_alike() -> None:
    mixed = _judged(TAGGED) * 9 + _judged(()) * 9
    figures, ranges = measure(mixed, toy.SCHEMA), confidence(mixed, toy.SCHEMA.labels)
    for figure in ("precision", "f1", "f2"):
        low, high = ranges["labels"]["NAME"][figure]
        assert low < figures["labels"]["NAME"][figure] < high
        low, high = ranges["macro"][figure]
        assert low < figures["macro"][figure] < high
    many = _judged(TAGGED) * 5
    assert set(confidence(many, ["NAME"])["micro"].values()) == {(1.0, 1.0)}


def test_intervals_of_leaks_hold_the_shares_of_the_evaluation() -> None:
    wide = (Span(0, 3, "NAME"), Span(5, 10, "HEALTH"))
    mixed = _judged(wide) * 9 + _judged(TAGGED) * 9 + _judged(()) * 9 + _judged((), ()) * 9
    figures, ranges, counts = measure(mixed, toy.SCHEMA), confidence(mixed, ["NAME"]), cover(mixed)
    for name, count in counts.items():
        low, high = ranges[name]
        assert low < figures[name] < high
        assert share(count.sum(0)) == pytest.approx(figures[name], abs=1e-4)
    assert figures["leaking_spans"] == 0.25, "9 of 36"
    assert figures["leaking_characters"] == 0.0667, "9 of 9 * 8 + 9 * 7"
    assert set(counts) > {"leaking_characters", "leaking_spans", "leaking_documents"}


def test_slices_sort_documents_by_form_and_names_by_kind() -> None:
    gold = (Span(0, 3, "NAME"), Span(5, 9, "HEALTH"))
    found = slices(_judged(gold, TAGGED[:1]))
    assert found["form"]["prose"] == {"documents": 1, "gold": 2, "precision": 1.0, "recall": 0.5, "f1": 0.6667, "f2": 0.5556}
    assert found["length"].keys() == {"under 100 characters"}
    assert found["genre"] == {}, "one document is no genre"
    assert found["name"] == {"3 characters": {"gold": 1, "recall": 1.0}}


def test_calibration_compares_scores_with_the_share_that_is_right() -> None:
    report = calibration(_judged((Span(0, 3, "NAME"),)))
    assert [(row["score"], row["right"]) for row in report["bins"]] == [(0.4, 0.0), (0.9, 1.0)]
    assert report["expected_calibration_error"] == pytest.approx((0.4 + 0.1) / 2)


def test_the_curve_goes_from_the_surest_span_to_all() -> None:
    judged = _judged((Span(0, 3, "NAME"), Span(9, 11, "NAME")), (Span(0, 3, "NAME", 0.9), Span(5, 9, "NAME", 0.4)))
    assert curve(judged, "NAME") == [(0.9, 1.0, 0.5), (0.4, 0.5, 0.5)]


def test_errors_are_sorted_into_kinds() -> None:
    gold = (Span(0, 3, "FAMILY"), Span(5, 8, "HEALTH"), Span(9, 11, "HEALTH"))
    kinds = {(error["kind"], error["text"]) for error in errors(_judged(gold))}
    assert kinds == {("other label", "欧阳一"), ("other edges", "尿毒症三"), ("missed", "年。")}


def test_the_figures_of_a_report_are_those_of_the_evaluation() -> None:
    text, spans = toy.build(["公示：", ("NAME", 3, 0), "，", ("HEALTH", 4, 1)])
    examined = examine(toy.alphabet_tagger(), [Document("d", text, spans)])
    assert examined["micro"]["f1"] == examined["relaxed"]["type"]["micro"]["f1"] == 1.0
    assert examined["intervals"]["NAME"] == examined["confidence"]["labels"]["NAME"]["f1"] == (1.0, 1.0)
    assert examined["leaking_characters"] == 0.0
    assert examined["errors"] == []


def test_relaxed_figures_are_told_by_label() -> None:
    text, spans = toy.build(["公示：", ("NAME", 3, 0), "，", ("HEALTH", 4, 1)])
    health = spans[1]
    gold = (Span(0, 2, "NAME"), spans[0], Span(health.start, health.end - 1, "HEALTH"))
    by_label = examine(toy.alphabet_tagger(), [Document("d", text, gold)])["relaxed"]["type"]["labels"]
    assert by_label["NAME"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "f2": 0.5556}
    assert by_label["HEALTH"]["f2"] == 1.0, "overlap forgives edges"
    assert by_label["FAMILY"]["f1"] == 0.0


def test_many_missed_spans_hide_no_wrong_one(tmp_path: Path) -> None:
    text, _ = toy.build(["公示", ("NAME", 3, 0), "一" * 300])
    missed = tuple(Span(place, place + 1, "HEALTH") for place in range(5, 305))
    write_reports(tmp_path, "toy", examine(toy.alphabet_tagger(), [Document("d", text, missed)]))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<td>missed</td>") == 200
    assert page.count("<td>invented</td>") == 1
    assert "200 of 300 that were missed" in page
    assert "1 of 1 that are wrong" in page


def test_the_reports_show_macro_seqeval_and_intervals(tmp_path: Path) -> None:
    text, spans = toy.build(["公示：", ("NAME", 3, 0), "，", ("HEALTH", 4, 1)])
    write_reports(tmp_path, "toy", examine(toy.alphabet_tagger(), [Document("d", text, spans)]))
    lines = (tmp_path / "report.md").read_text(encoding="utf-8").splitlines()
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "| macro |  | 0.400 | 0.400 | 0.400 | 0.400 | 0.400–0.400 |" in lines
    assert "| micro, by seqeval |  |  |  | 1.000 |  |  |" in lines
    assert f"| NAME |{' 1.000–1.000 |' * 4}" in lines
    assert "| 0.0% | of sensitive characters are left uncovered | 0.0%–0.0% |" in lines
    assert lines.count(f"| NAME |{' 1.000 (1.000–1.000) |' * 4}") == 3, "relaxed in three ways"
    assert "<td>macro</td>" in page
    assert "<td>micro, by seqeval</td>" in page


def test_markdown_has_points_of_the_curves_and_the_errors_in_context(tmp_path: Path) -> None:
    text, spans = toy.build(["见*", ("NAME", 3, 0), "*|\n一", "二"])
    gold = (*spans, Span(9, 10, "HEALTH"))
    write_reports(tmp_path, "toy", examine(toy.alphabet_tagger(), [Document("d_1", text, gold), Document("d_2", text, ())]))
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "## NAME: precision and recall by score\n\n| score at least | precision | recall |\n" in report
    assert "\n| 0.5 | 0.500 | 1.000 |\n" in report, "found twice, once rightly"
    assert "## HEALTH: precision" not in report, "nothing found has no curve"
    name = text[2:5]
    errors = re.sub(r"(?s).*## Errors\n\n", "", report).splitlines()
    assert errors[:3] == ["1 of 1 that were missed altogether.", "", rf"- missed HEALTH 1.00, d\_1: 见\*{name}\*\|⏎一【二】"]
    assert errors[4:] == ["1 of 1 that are wrong, the surest first.", "", rf"- invented NAME 1.00, d\_2: 见\*【{name}】\*\|⏎一二"]


def test_the_command_writes_a_report_of_a_released_model(tmp_path: Path) -> None:
    docs = [Document("d<1>", "申请人张三，患尿毒症。", (Span(3, 5, "NAME"), Span(7, 10, "FAMILY")), meta={"form": "prose"})]
    write_annotated(tmp_path / "gold.jsonl", docs)
    result = CliRunner().invoke(app, ["evaluate", "inference/minshi/model", str(tmp_path / "gold.jsonl"), "-o", str(tmp_path)])
    assert result.exit_code == 0, result.output
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["documents"] == 1
    assert f"| micro | 2 | {metrics['micro']['precision']:.3f} |" in (tmp_path / "report.md").read_text(encoding="utf-8")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "d&lt;1&gt;" in page, "what documents hold is escaped"
    assert "<script" not in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["configs/train/smoke.yaml", "gold.jsonl"], "name its run directory before annotated files"),
        (["configs/train/smoke.yaml", "-o", "nowhere"], "not the run directory of"),
        (["configs/train/smoek.yaml"], "no such run, model or configuration"),
        (["inference/minshi/model", "--set", "window.size=64"], "--set changes a configuration"),
        (["inference/minshi/model"], "name annotated files"),
        (["inference/minshi/model", "data/annotated/news-1.jsonl", "-o", "inference/minshi/model"], "name another folder"),
    ],
)
def test_what_cannot_be_evaluated_is_said_in_a_line(arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, ["evaluate", *arguments])
    assert result.exit_code == 1
    assert message in " ".join(result.output.split())


def test_the_stage_writes_intervals_and_leaks_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, (name, ill) = toy.build(["公示：", ("NAME", 3, 0), "，", ("HEALTH", 4, 1)])
    gold = (name, Span(ill.start - 1, ill.end, "HEALTH"))  # one character of eight is left out
    (tmp_path / "data").mkdir()
    for split in ("dev", "test"):
        write_annotated(tmp_path / "data" / f"{split}.jsonl", [Document("d", text, gold)])
    monkeypatch.setattr(stages, "checkpoint_tagger", lambda run_dir: toy.alphabet_tagger())
    stages.evaluate(parse_config(ROOT / "configs" / "train" / "smoke.yaml"), tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["test"]
    assert (metrics["leaking_characters"], metrics["leaking_spans"], metrics["leaking_documents"]) == (0.125, 0.5, 1.0)
    assert metrics["confidence"]["leaking_characters"] == [0.125, 0.125]
    assert metrics["confidence"]["micro"]["f1"] == [0.5, 0.5]
    assert metrics["relaxed"]["type"]["micro"]["f1"] == 1.0


def test_a_configuration_is_evaluated_as_a_stage_of_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "config.yaml").touch()
    ran: list[tuple[str, Path]] = []
    monkeypatch.setattr(cli, "run_stage", lambda name, config, run_dir: ran.append((name, run_dir)))
    result = CliRunner().invoke(app, ["evaluate", "configs/train/smoke.yaml", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert ran == [("evaluate", tmp_path)]


def test_scores_of_a_run_are_calibrated_once_it_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    config, released = parse_config(Path("configs/train/smoke.yaml")), load_bundle(Path("inference/minshi/model"))
    torch.manual_seed(5)
    encoder = load_encoder(Path("data/encoder"), layers=1, dropout=0.0, attention_dropout=0.0)
    save_model(new_model(encoder, released.schema, dropout=0.0), tmp_path / CHECKPOINT)
    dump_config(config, tmp_path / "config.yaml")
    text = "申请人张三，家住溪口村3组，父母双亡，靠透析维持。"

    def tagged() -> list[Span]:
        return list(checkpoint_tagger(tmp_path, exported_calibration(tmp_path)).tag(text).spans)

    before = tagged()
    folder = tmp_path / "export" / "fp32"
    shutil.copytree("inference/minshi/model", folder)
    assert [span.score for span in tagged()] == [span.score for span in before], "of another checkpoint"
    manifest = {**released.manifest, "export": describe_export(config, tmp_path)}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    after = tagged()
    assert after == before, "score aside"
    assert [span.score for span in after] == pytest.approx([released.calibration(span.score) for span in before], abs=1e-3)
    assert any(one.score != other.score for one, other in zip(before, after, strict=True))
