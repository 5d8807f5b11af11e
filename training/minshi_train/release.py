"""Put a verified model where the runtime finds it: model, manifest with its provenance, and the model card."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from minshi.bundle import MANIFEST_FILE, MODEL_FILE, load_bundle
from minshi.errors import ModelError
from minshi_train.card import CARD_FILE, render_card
from minshi_train.config import Config
from minshi_train.verify import check_gates

_LIBRARIES = ("torch", "transformers", "datasets", "onnx", "onnxruntime", "numpy")


def release(config: Config, run_dir: Path, target: Path) -> None:
    """Copy run_dir/export/int8 to `target`; each file appears whole or not at all, the manifest last.

    Raises:
        ModelError: the run was not verified, did not pass, or was exported again since.
    """
    source = run_dir / "export" / "int8"
    bundle = load_bundle(source)
    try:
        report = json.loads((run_dir / "verify.json").read_text(encoding="utf-8"))
        build = json.loads((run_dir / "data" / "build.json").read_text(encoding="utf-8"))
    except OSError:
        raise ModelError(f"{run_dir}: not verified; run `minshi-train verify` first") from None
    check_gates(config.gates, report)
    if report["sha256"] != bundle.sha256:
        raise ModelError(f"{run_dir}: exported again after it was verified; run `minshi-train verify` first")
    manifest = {**bundle.manifest, "provenance": _provenance(config, build), "metrics": report["int8"]}
    target.mkdir(parents=True, exist_ok=True)
    _replace(target / MODEL_FILE, bundle.model)
    _replace(target / CARD_FILE, render_card(config, bundle, build, report).encode())
    _replace(target / MANIFEST_FILE, (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode())


def _provenance(config: Config, build: dict[str, Any]) -> dict[str, Any]:
    weights = config.encoder.path / "model.safetensors"
    return {
        "config_sha256": hashlib.sha256(config.model_dump_json().encode()).hexdigest(),
        "data_sha256": {split: entry["sha256"] for split, entry in build.items()},
        "encoder_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "seed": config.seed,
        "git_revision": _git_revision(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def _git_revision() -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run([git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(data)
    temporary.replace(path)
