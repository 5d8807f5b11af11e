"""Where a checkpoint comes from, written down when its training begins and carried into the released manifest."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from minshi.errors import ModelError
from minshi_train.config import CHECKPOINT, Config
from minshi_train.hashing import file_sha256

PROVENANCE_FILE = "provenance.json"
_LIBRARIES = ("torch", "transformers", "datasets", "accelerate", "numpy")
# what a checkpoint depends on
TRAINING_PART = {"seed", "labels", "encoder", "window", "data", "train", "start", "start_layers", "distill"}


def describe(config: Config, data_dir: Path) -> dict[str, Any]:
    """Return what a training started now with this configuration and data comes from."""
    build = json.loads((data_dir / "build.json").read_text(encoding="utf-8"))
    return {
        "config": config.model_dump(mode="json", include=TRAINING_PART),
        "data_sha256": {split: entry["sha256"] for split, entry in build["splits"].items()},
        "encoder_sha256": file_sha256(config.encoder.path / "model.safetensors"),
        "start_sha256": file_sha256(config.start / CHECKPOINT / "model.safetensors") if config.start else None,
        "git_revision": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def read_provenance(config: Config, checkpoints: Path) -> dict[str, Any]:
    """Return what `describe` recorded for a checkpoint.

    Raises:
        ModelError: nothing was recorded, or the checkpoint was trained with another configuration.
    """
    try:
        provenance: dict[str, Any] = json.loads((checkpoints / PROVENANCE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ModelError(f"{checkpoints / PROVENANCE_FILE}: missing or broken; train first") from None
    try:  # settings that did not exist then had their defaults
        unset = {"start": None, "start_layers": None, "distill": None}
        trained = Config.model_validate({**config.model_dump(mode="json"), **unset, **provenance["config"]})
    except (KeyError, TypeError, ValidationError):
        raise ModelError(f"{checkpoints / PROVENANCE_FILE}: missing or broken; train first") from None
    if any(getattr(trained, part) != getattr(config, part) for part in TRAINING_PART):
        raise ModelError(f"{checkpoints}: trained with another configuration than {config.source}")
    return provenance


def _git(*arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run([git, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
