"""Where a checkpoint comes from, written down when its training begins and carried into the released manifest."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from minshi.errors import ModelError
from minshi_train.config import Config
from minshi_train.distill import plain_files
from minshi_train.encoder import encoder_files
from minshi_train.explain import explain
from minshi_train.folders import CHECKPOINT, DATA_MANIFEST, WEIGHTS_FILE, trained_files
from minshi_train.hashing import file_sha256, files_sha256
from minshi_train.sources import sources

PROVENANCE_FILE = "provenance.json"
_LIBRARIES = ("torch", "transformers", "datasets", "accelerate", "numpy")
_EXPORT_LIBRARIES = ("onnx", "onnxruntime")
_EXPORT_PART = {"version", "export"}
# what a checkpoint depends on
TRAINING_PART = {"seed", "labels", "encoder", "window", "data", "train", "start", "start_layers", "distill"}


def describe(config: Config, data_dir: Path, *, bf16: bool) -> dict[str, Any]:
    """Return what a training started now with this configuration and data comes from, and whether it computes in bfloat16."""
    manifest = data_dir / DATA_MANIFEST
    build = json.loads(manifest.read_text(encoding="utf-8"))
    teachers = config.distill.teachers if config.distill else []
    texts = plain_files(config.distill)
    code = [path for module in ("minshi_train.corpus.build", "minshi_train.train") for path in sources(module)]
    inputs = [config.labels, *encoder_files(config.encoder.path), *map(Path, build["inputs"]), *texts]
    return {
        "config": config.model_dump(mode="json", include=TRAINING_PART),
        "bf16": bf16,
        "data_sha256": {split: entry["sha256"] for split, entry in build["splits"].items()},
        "data_manifest_sha256": file_sha256(manifest),
        "encoder_sha256": file_sha256(config.encoder.path / WEIGHTS_FILE),
        "start_sha256": file_sha256(trained_files(config.start)[0]) if config.start else None,
        "teachers_sha256": [file_sha256(trained_files(teacher)[0]) for teacher in teachers],
        "texts_sha256": files_sha256(texts),
        "git_revision": _git("rev-parse", "HEAD"),
        "uncommitted_changes": differ_from_git([*code, *inputs]),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def describe_export(config: Config, run_dir: Path) -> dict[str, Any]:
    """Return which checkpoint is exported now, and by which settings and libraries."""
    return {
        "checkpoint_sha256": checkpoint_sha256(run_dir),
        "config": config.model_dump(mode="json", include=_EXPORT_PART),
        "libraries": {name: version(name) for name in _EXPORT_LIBRARIES},
    }


def read_export(config: Config, run_dir: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `describe_export` recorded in the manifest of an exported model.

    Raises:
        ModelError: nothing was recorded, or another checkpoint or other settings.
    """
    exported: dict[str, Any] = manifest.get("export", {})
    if exported.get("config") != config.model_dump(mode="json", include=_EXPORT_PART):
        raise ModelError(f"{run_dir}: exported with other settings than {config.source}; run `minshi-train export` first")
    if exported.get("checkpoint_sha256") != checkpoint_sha256(run_dir):
        raise ModelError(f"{run_dir}: trained again after it was exported; run `minshi-train export` first")
    return exported


def read_provenance(config: Config, checkpoints: Path) -> dict[str, Any]:
    """Return what `describe` recorded for a checkpoint.

    Raises:
        ModelError: nothing was recorded, or the checkpoint was trained with another configuration, or a setting that is gone.
    """
    path = checkpoints / PROVENANCE_FILE
    try:
        provenance: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ModelError(f"{path}: missing or broken; train first") from None
    try:  # settings that did not exist then had their defaults
        unset = {"start": None, "start_layers": None, "distill": None}
        trained = Config.model_validate({**config.model_dump(mode="json"), **unset, **provenance["config"]})
    except (KeyError, TypeError):
        raise ModelError(f"{path}: missing or broken; train first") from None
    except ValidationError as err:
        why = explain(err, Config)
        raise ModelError(f"{path}: trained by another minshi-train: config.{why}; correct it there, or train again") from None
    if any(getattr(trained, part) != getattr(config, part) for part in TRAINING_PART):
        raise ModelError(f"{checkpoints}: trained with another configuration than {config.source}")
    return provenance


def checkpoint_sha256(run_dir: Path) -> str:
    """Return the SHA-256 of the weights of a run."""
    return file_sha256(run_dir / CHECKPOINT / WEIGHTS_FILE)


def differ_from_git(paths: Iterable[Path]) -> bool | None:
    """Tell whether git holds any of the files otherwise or not at all, those aside that it ignores; None outside of git."""
    here = Path.cwd()
    inside = [str(path) for path in paths if path.resolve().is_relative_to(here)]
    status = _git("status", "--porcelain", "--", *inside) if inside else None
    return None if status is None else bool(status)


def _git(*arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run([git, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
