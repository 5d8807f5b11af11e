"""Stages that are done are not done again, and a training that was cut off ends as if it had not been."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import Trainer, TrainerCallback, TrainerState
from typer.testing import CliRunner

from minshi.errors import ConfigError
from minshi.window import segment
from minshi_train import cli
from minshi_train.config import Config, dump_config
from minshi_train.corpus.annotated import read_annotated
from minshi_train.loading import load_config
from minshi_train.pipeline import run_stage, run_stages
from minshi_train.sources import sources
from minshi_train.stages import STAGES

ROOT = Path(__file__).parents[2]
_SMALL = ("train.max_steps=-1", "train.epochs=2", "data.limit=50", "data.generated.documents=10", "encoder.layers=1")


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def _config(*overrides: str) -> Config:
    return load_config(ROOT / "configs" / "train" / "smoke.yaml", [*_SMALL, *overrides])


def _begin(run_dir: Path, config: Config) -> None:
    run_dir.mkdir()
    dump_config(config, run_dir / "config.yaml")


def _cut_after_first_epoch(patch: pytest.MonkeyPatch) -> None:
    class Cut(TrainerCallback):
        def on_step_end(self, args: object, state: TrainerState, control: object, **kwargs: object) -> None:
            if (state.epoch or 0) > 1:
                raise KeyboardInterrupt

    prepare = Trainer.__init__

    def prepare_and_cut(trainer: Trainer, *args: Any, **kwargs: Any) -> None:
        prepare(trainer, *args, **kwargs)
        trainer.add_callback(Cut())

    patch.setattr(Trainer, "__init__", prepare_and_cut)


def _train(run_dir: Path) -> dict[str, torch.Tensor]:
    run_stage("train", _config(), run_dir)
    return load_file(run_dir / "checkpoints" / "best" / "model.safetensors")


def test_a_training_that_was_cut_off_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for run_dir in (whole, cut):
        _begin(run_dir, _config())
        run_stage("build", _config(), run_dir)
    expected = _train(whole)
    with pytest.MonkeyPatch.context() as patch:
        _cut_after_first_epoch(patch)
        with pytest.raises(KeyboardInterrupt):
            _train(cut)
    assert list((cut / "checkpoints").glob("checkpoint-*")), "the first epoch is kept"
    actual = _train(cut)
    assert all(torch.equal(expected[name], actual[name]) for name in expected)
    assert not list((cut / "checkpoints").glob("checkpoint-*")), "what only serves going on is gone at the end"


def test_only_what_changed_is_done_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "minshi_train")
    run_dir, config = tmp_path / "run", _config()
    _begin(run_dir, config)

    def built(config: Config) -> bool:
        caplog.clear()
        run_stage("build", config, run_dir)
        return "done before" not in caplog.text

    assert built(config)
    assert not built(config)
    assert not built(_config("train.epochs=9")), "a build does not depend on how long training takes"
    assert built(_config("data.limit=40")), "but on its own section"
    assert built(config)
    (run_dir / "data" / "dev.jsonl").unlink()
    assert built(config), "and on its files being there, as it wrote them"


def test_a_training_depends_on_the_code_that_it_runs() -> None:
    names = {path.as_posix().rpartition("minshi")[2] for path in sources("minshi_train.train")}
    assert {"/window.py", "/decode.py", "_train/train.py", "_train/model.py", "_train/prune.py", "_train/__init__.py"} <= names
    others = {"/readers/pdf.py", "/cli.py", "_train/console.py", "_train/verify.py", "_train/stages.py", "_train/synth/noise.py"}
    assert not others & names


def test_going_on_from_a_stage_needs_those_before_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="stage build has not been run"):
        run_stages(_config(), tmp_path, start="export")
    with pytest.raises(ConfigError, match="no such stage; known: build, train"):
        run_stages(_config(), tmp_path, start="exprot")


def test_the_release_alone_needs_every_stage_and_runs_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="stage build has not been run"):
        run_stages(_config(), tmp_path, start="release")
    done = {name: {"made_from": "another configuration", "outputs": {"a": "b"}} for name in STAGES}
    (tmp_path / "stage.json").write_text(json.dumps(done), encoding="utf-8")
    run_stages(_config(), tmp_path, start="release")
    assert json.loads((tmp_path / "stage.json").read_text(encoding="utf-8")) == done


def test_a_verification_depends_on_the_model_that_it_compares_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared_with = []

    def verify(config: Config, run_dir: Path) -> None:
        compared_with.append(config.release_to)
        (run_dir / "verify.json").write_text("{}", encoding="utf-8")

    monkeypatch.setitem(STAGES, "verify", replace(STAGES["verify"], run=verify))
    for folder in ("a", "a", "b"):
        run_stage("verify", _config(f"release_to={folder}"), tmp_path)
    assert compared_with == [Path("a"), Path("b")]


def test_a_model_released_elsewhere_is_compared_with_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    monkeypatch.setattr(cli, "run_stages", lambda config, run_dir, start: seen.append(config.release_to))
    monkeypatch.setattr(cli, "_print_summary", lambda run_dir: None)
    monkeypatch.setattr(cli, "release_model", lambda config, run_dir, target: seen.extend([config.release_to, target]))
    options = ["configs/train/smoke.yaml", "--out", str(tmp_path), "--to", "elsewhere"]
    for command in ("run", "release"):
        result = CliRunner().invoke(cli.app, [command, *options])
        assert result.exit_code == 0, result.output
    assert seen == [Path("elsewhere")] * 5


def test_a_release_does_not_replace_what_it_was_trained_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "run_stages", lambda *_, **__: pytest.fail("began to work"))
    model = "inference/minshi/model"
    taught = f"distill={{teachers: [{model}], weight: 0.5, temperature: 1}}"
    for key, setting in {"start": f"start={model}", "distill.teachers": taught}.items():
        options = ["configs/train/smoke.yaml", "--out", str(tmp_path / "run"), "--to", model]
        options += ["--set", "encoder.layers=6", "--set", setting]
        result = CliRunner().invoke(cli.app, ["run", *options])
        assert result.exit_code == 1
        assert f"{key}: {model} is where this run releases to" in result.output


def test_distill_is_a_run_with_teachers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Config] = []
    monkeypatch.setattr(cli, "run_stages", lambda config, run_dir, start: seen.append(config))
    monkeypatch.setattr(cli, "_print_summary", lambda run_dir: None)
    options = ["--out", str(tmp_path / "run"), "--no-release"]
    result = CliRunner().invoke(cli.app, ["distill", *options, "--set", "data.public.missing=skip"])
    assert result.exit_code == 0, result.output
    assert [teacher.as_posix() for config in seen if config.distill for teacher in config.distill.teachers] == [
        "inference/minshi/model"
    ]
    result = CliRunner().invoke(cli.app, ["distill", "configs/train/smoke.yaml", *options])
    assert result.exit_code == 1
    assert "configs/train/smoke.yaml: distill.teachers: names no teacher" in result.output
    assert len(seen) == 1


def test_a_version_that_is_too_low_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "run_stages", lambda *_, **__: pytest.fail("began to work"))
    options = ["configs/train/smoke.yaml", "--out", str(tmp_path / "run"), "--to", "inference/minshi/model"]
    result = CliRunner().invoke(cli.app, ["run", *options])
    assert result.exit_code == 1
    assert re.search(r"inference/minshi/model: holds version [\d.]+, and 0\.0\.1 is not higher", result.output)


def test_tensorboard_gets_the_curves_of_a_training(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="of the extra logs")
    config = _config("train.log_to=tensorboard", "train.max_steps=2")
    _begin(tmp_path / "run", config)
    run_stage("build", config, tmp_path / "run")
    run_stage("train", config, tmp_path / "run")
    assert list((tmp_path / "run" / "checkpoints" / "runs").rglob("events.out.tfevents.*"))


def test_two_processes_train_one_model_and_share_what_its_teacher_marks(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    taught = "distill={teachers: [inference/minshi/model], weight: 0.5, temperature: 1}"
    small = [f"--set={change}" for change in (*_SMALL, "train.max_steps=4", taught)]
    stage = ["minshi_train.cli", "build", "configs/train/smoke.yaml", f"--out={run_dir}", *small]
    subprocess.run([sys.executable, "-m", *stage], check=True, capture_output=True, timeout=120)
    launch = ["torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", *stage]
    launch[launch.index("build")] = "train"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *launch], capture_output=True, text=True, timeout=300, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr.count(f"train -> {run_dir}") == 1, "the first process alone keeps the record"
    record = json.loads((run_dir / "stage.json").read_text(encoding="utf-8"))
    assert record["train"]["outputs"]
    shares = [int(number) for number in re.findall(r"(\d+) windows are shown to the teachers", done.stderr)]
    training = read_annotated(run_dir / "data" / "train.jsonl")
    assert len(shares) == 2
    assert sum(shares) == sum(1 for doc in training for _ in segment(doc.text, size=128, context=16))
    weights = load_file(run_dir / "checkpoints" / "best" / "model.safetensors")
    assert all(torch.isfinite(value.float()).all() for value in weights.values())
    assert not list((run_dir / "checkpoints").glob("checkpoint-*"))
