"""Run stages in order and skip what is done: a stage is done when nothing that it depends on has changed since it ended.

stage.json of a run directory holds, for each stage, one hash of everything that it was made from (its sections of the
configuration, the files that it reads, the source code that it runs) and the hashes of the files that it wrote.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from accelerate.utils import broadcast_object_list

from minshi.errors import ConfigError
from minshi_train.config import Config, DistillConfig
from minshi_train.corpus.build import input_files
from minshi_train.devices import processes
from minshi_train.distill import plain_files
from minshi_train.encoder import encoder_files
from minshi_train.folders import trained_files
from minshi_train.hashing import file_sha256, files_sha256
from minshi_train.jsonfile import write_json
from minshi_train.sources import sources
from minshi_train.stages import STAGES

_log = logging.getLogger(__name__)
_RECORD = "stage.json"
_AFTERWARDS = "release"  # of a run, what comes after its stages
_TOGETHER = "train"  # what all processes of `torchrun` do


def run_stages(config: Config, run_dir: Path, *, start: str | None = None) -> None:
    """Run every stage that is not done.

    Args:
        start: take the stages before this one as they are, and run it and those after it whatever the records say;
            "release", which follows the stages, runs none.

    Raises:
        ConfigError: `start` is no stage, or a stage before it has not been run.
    """
    names = [*STAGES, _AFTERWARDS]
    if start is not None and start not in names:
        raise ConfigError(f"--from {start}: no such stage; known: {', '.join(names)}")
    trusted = names[: names.index(start)] if start else []
    if unfinished := [name for name in trusted if not _read_record(run_dir).get(name, {}).get("outputs")]:
        raise ConfigError(f"--from {start}: stage {unfinished[0]} has not been run in {run_dir}")
    for name in list(STAGES)[len(trusted) :]:
        run_stage(name, config, run_dir, force=start is not None)


def run_stage(name: str, config: Config, run_dir: Path, *, force: bool = False) -> None:
    """Run a stage, or say that it is done. One that was interrupted finds what it had written; any other starts afresh.

    Of the processes of `torchrun` the first decides, keeps the record, and runs every stage but training alone.
    """
    state, stage = processes(), STAGES[name]
    first = state.is_main_process
    (made_from,) = broadcast_object_list([_begin(name, config, run_dir, force=force) if first else None])
    if made_from is None:
        return
    if first or name == _TOGETHER:
        stage.run(config, run_dir)
    if first:
        _write_record(run_dir, name, made_from, _hashes(run_dir, stage.writes))
    state.wait_for_everyone()


def _begin(name: str, config: Config, run_dir: Path, *, force: bool) -> str | None:
    """Return the hash of what a stage is made from and record that it has begun, or None where it is done."""
    stage, record = STAGES[name], _read_record(run_dir)
    before, made_from = record.get(name, {}), _made_from(name, config, run_dir)
    same = before.get("made_from") == made_from
    if same and not force and before.get("outputs") == _hashes(run_dir, stage.writes) != {}:
        _log.info("%s: done before, nothing changed", name)
        return None
    if not same or before.get("outputs") is not None:
        for path in (run_dir / written for written in stage.writes):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    _log.info("%s -> %s", name, run_dir)
    _write_record(run_dir, name, made_from, None)
    return made_from


def _read_record(run_dir: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads((run_dir / _RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise ConfigError(f"{run_dir / _RECORD}: broken; delete it to run every stage again") from None
    return record


def _write_record(run_dir: Path, name: str, made_from: str, outputs: dict[str, str] | None) -> None:
    write_json(run_dir / _RECORD, {**_read_record(run_dir), name: {"made_from": made_from, "outputs": outputs}})


def _made_from(name: str, config: Config, run_dir: Path) -> str:
    stage = STAGES[name]
    inputs = {"labels": [config.labels], "data": input_files(config.data) if name == "build" else []}
    inputs["encoder"] = encoder_files(config.encoder.path)
    inputs["start"] = [*trained_files(config.start)] if config.start else []
    inputs["distill"] = _taught_by(config.distill) if config.distill else []
    files = [path for section in sorted(stage.sections & inputs.keys()) for path in inputs[section]]
    parts = {
        "config": config.model_dump(mode="json", include=set(stage.sections)),
        "inputs": files_sha256(files),
        "reads": _hashes(run_dir, stage.reads),
        "code": [file_sha256(path) for path in sources(stage.code)],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _taught_by(config: DistillConfig) -> list[Path]:
    return [*(path for teacher in config.teachers for path in trained_files(teacher)), *plain_files(config)]


def _hashes(run_dir: Path, places: Iterable[str]) -> dict[str, str]:
    """Return the hash of every file at or below places of the run directory."""
    paths = [path for place in places for path in (run_dir / place, *(run_dir / place).rglob("*")) if path.is_file()]
    return {path.relative_to(run_dir).as_posix(): file_sha256(path) for path in sorted(paths)}
