"""A student learns from its teachers what gold does not say."""

from __future__ import annotations

import shutil
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import torch

from minshi.errors import ConfigError
from minshi.labels import LabelSchema
from minshi.types import Document, Span
from minshi_train.config import Config, DistillConfig, dump_config
from minshi_train.dataset import windows
from minshi_train.distill import SoftLabels, corrected, unlabelled
from minshi_train.loading import load_config
from minshi_train.model import IGNORED, load_model, marginals, soft_cross_entropy, soft_sequence_loss
from minshi_train.pipeline import run_stage

ROOT = Path(__file__).parents[2]
_TEXTS = ("家住溪口村3组，患尿毒症。", "张三，男，丧偶，低保户，现住长乐镇。", "公示期五个工作日。")


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run_dir = tmp_path_factory.mktemp("teacher")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        _train(_config("data.limit=60"), run_dir)
    return run_dir


def _config(*overrides: str) -> Config:
    small = ("train.max_steps=6", "data.limit=30", "data.generated.documents=5", "encoder.layers=1")
    return load_config(ROOT / "configs" / "train" / "smoke.yaml", [*small, *overrides])


def _train(config: Config, run_dir: Path) -> None:
    dump_config(config, run_dir / "config.yaml")
    for stage in ("build", "train"):
        run_stage(stage, config, run_dir)


def _distill(teacher: Path, **changes: object) -> DistillConfig:
    return DistillConfig.model_validate({"teachers": [teacher], "weight": 1.0, "temperature": 1.0, **changes})


def test_a_row_carries_what_its_teacher_thinks(teacher: Path) -> None:
    model = load_model(teacher / "checkpoints" / "best")
    docs = [Document(str(number), text, meta={"complete": ()}) for number, text in enumerate(_TEXTS)]
    rows = windows(docs, model.schema, size=128, context=16)
    rows = rows.add_column("row", list(range(len(rows))))
    batch = SoftLabels(_distill(teacher), model.schema, rows)([rows[2], rows[0]])
    with torch.inference_mode():
        logits = model(batch["code_points"])["logits"]
    for index, text in enumerate((_TEXTS[2], _TEXTS[0])):
        known, scores = batch["soft"][index, : len(text)], logits[index, : len(text)]
        assert torch.allclose(
            known, marginals(scores[None], torch.ones(1, len(text), dtype=torch.bool), model.schema)[0], atol=2e-3
        )
    rounded = SoftLabels(_distill(teacher), model.schema, rows, bf16=True)([rows[2], rows[0]])["soft"]
    assert torch.allclose(rounded, batch["soft"], atol=2e-2)
    alone = SoftLabels(_distill(teacher), model.schema, rows, loss="character")([rows[0]])["soft"]
    assert torch.allclose(alone[0], logits[1, : len(_TEXTS[0])].softmax(dim=-1), atol=2e-3)


def test_a_teacher_that_contradicts_gold_is_corrected_and_its_doubts_stay() -> None:
    soft = np.array([[0.6, 0.3, 0.1], [0.2, 0.1, 0.7], [0.0, 0.0, 1.0], [0.1, 0.3, 0.6]], dtype=np.float32)
    only_itself = [[True, False, False], [False, True, False], [False, False, True]]
    kept, split, sure, partly = corrected(soft, [0, 0, 0, 1], only_itself)
    assert np.allclose(kept, soft[0])
    for row in (split, sure):
        assert np.allclose(row, [1, 0, 0], atol=1e-4)
    assert np.allclose(partly, [0, 1, 0], atol=1e-4)


def test_where_gold_leaves_open_what_is_right_a_teacher_chooses_among_it() -> None:
    soft = np.array([[0.1, 0.6, 0.3], [0.1, 0.1, 0.8]], dtype=np.float32)
    outside_or_first = [[True, True, False], [False, True, False], [False, False, True]]
    open_, corrected_ = corrected(soft, [0, 0], outside_or_first)
    assert np.allclose(open_, soft[0])
    assert np.allclose(corrected_, [0.5, 0.5, 0], atol=1e-4)


def test_a_row_whose_annotation_is_complete_has_no_contradiction_left(teacher: Path) -> None:
    model = load_model(teacher / "checkpoints" / "best")
    name, every = model.schema.begin_id("NAME"), range(len(_TEXTS[1]))
    rows = windows([Document("1", _TEXTS[1], (Span(0, 2, "NAME"),))], model.schema, size=128, context=16)
    soft = SoftLabels(_distill(teacher), model.schema, rows.add_column("row", [0]))([{**rows[0], "row": 0}])["soft"][0]
    gold = [name, name + 1, *(0 for _ in every[2:])]
    assert all(float(soft[at, tag]) >= 0.499 for at, tag in zip(every, gold, strict=True))


def test_the_teachers_loss_is_least_where_the_student_agrees() -> None:
    soft = torch.tensor([[[0.7, 0.2, 0.1]]])
    tags, one = torch.zeros(1, 1, dtype=torch.long), torch.tensor(1.0)
    agreeing = soft_cross_entropy(soft.log(), tags, soft, one)
    assert agreeing < soft_cross_entropy(torch.tensor([[[2.0, 0.0, 0.0]]]), tags, soft, one)
    assert agreeing < soft_cross_entropy(torch.tensor([[[0.0, 0.0, 0.0]]]), tags, soft, one)


def test_marginals_are_the_shares_of_the_legal_sequences_that_hold_a_tag() -> None:
    schema = LabelSchema(("NAME", "HEALTH"))
    logits = torch.randn(1, 4, len(schema.tags), generator=torch.Generator().manual_seed(3))
    expected, total = torch.zeros(4, len(schema.tags)), 0.0
    for path in product(range(len(schema.tags)), repeat=4):
        if schema.start_allowed[path[0]] and all(schema.transition_allowed[pair] for pair in pairwise(path)):
            weight = float(logits[0, range(4), path].sum().exp())
            total += weight
            expected[range(4), path] += weight
    assert torch.allclose(marginals(logits, torch.ones(1, 4, dtype=torch.bool), schema)[0], expected / total, atol=1e-5)


def test_a_student_of_sequences_learns_most_where_it_agrees_with_its_teacher() -> None:
    schema = LabelSchema(("NAME",))
    teacher = torch.tensor([[[0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]])
    tags, one = torch.zeros(1, 2, dtype=torch.long), torch.tensor(1.0)
    soft = marginals(teacher, tags != IGNORED, schema)
    agreeing = soft_sequence_loss(teacher, tags, soft, one, schema)
    for other in (torch.zeros(1, 2, 3), -teacher, 3 * teacher):
        assert agreeing < soft_sequence_loss(other, tags, soft, one, schema)


def test_a_student_trains_on_plain_text_too(teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "plain.txt").write_text("\n".join(_TEXTS * 4), encoding="utf-8")
    distill = _distill(teacher, documents=3, text=["plain.txt"])
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        docs = unlabelled(distill, seed=1)
    assert len(docs) == 3
    assert {doc.text for doc in docs} <= set(_TEXTS)
    student = tmp_path / "student"
    student.mkdir()
    _train(_config(f"distill={{teachers: [{teacher}], weight: 0.5, temperature: 2}}"), student)
    assert load_model(student / "checkpoints" / "best").schema == load_model(teacher / "checkpoints" / "best").schema


def test_a_student_is_trained_again_when_its_teacher_has_changed(
    teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(ROOT)
    master, student = tmp_path / "teacher", tmp_path / "student"
    shutil.copytree(teacher, master)
    student.mkdir()
    config = _config(f"distill={{teachers: [{master}], weight: 0.5, temperature: 1}}", "train.max_steps=1")
    _train(config, student)
    caplog.set_level("INFO")
    run_stage("train", config, student)
    assert "train: done before" in caplog.text
    shutil.copy(student / "checkpoints" / "best" / "model.safetensors", master / "checkpoints" / "best")
    caplog.clear()
    run_stage("train", config, student)
    assert "train ->" in caplog.text


def test_a_teacher_of_other_labels_is_refused(teacher: Path) -> None:
    schema = LabelSchema(("NAME",))
    rows = windows([Document("1", _TEXTS[0])], schema, size=128, context=16)
    with pytest.raises(ConfigError, match="other labels"):
        SoftLabels(_distill(teacher), schema, rows)
