"""The released model folder: `model.onnx` and `manifest.json`. Everything is checked before a session is made.

The bytes that were hashed are the bytes that run, so the file cannot change in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from stat import S_ISREG
from typing import Any

from minshi.errors import ConfigError, ModelError
from minshi.labels import LabelInfo, LabelSchema
from minshi.model_file import read_metadata
from minshi.points import Calibration, OperatingPoint, calibration_of, points_of
from minshi.scorer import OrtScorer
from minshi.window import check_window

FORMAT_VERSION = 1
MODEL_FILE, MANIFEST_FILE = "model.onnx", "manifest.json"
METADATA_KEY = "minshi"
MAX_MODEL_BYTES, MAX_MANIFEST_BYTES = 512 << 20, 1 << 20
MAX_WINDOW = 4096  # characters: more positions than any of our encoders has


@dataclass(frozen=True)
class Bundle:
    """A checked model: bytes that may be run, and what its files say of it."""

    path: Path
    model: bytes = field(repr=False)
    version: str
    sha256: str
    schema: LabelSchema
    labels: tuple[LabelInfo, ...]
    window: int
    context: int
    points: Mapping[str, OperatingPoint]
    calibration: Calibration
    manifest: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """What findings say they were made by: version and the beginning of the hash."""
        return f"minshi-{self.version}-{self.sha256[:8]}"

    def scorer(self) -> OrtScorer:
        """Make a session for the model; raises ModelError if onnxruntime refuses it."""
        try:
            return OrtScorer(self.model, tags=len(self.schema.tags))
        except ModelError as err:
            raise ModelError(f"{self.path / MODEL_FILE}: {err}") from err


def shipped_path() -> Path:
    """Return the folder of the model that comes with the package."""
    return Path(str(files("minshi") / "model"))


def load_bundle(path: Path | None = None) -> Bundle:
    """Load and check a model folder, the shipped one by default.

    Raises:
        ModelError: one line naming the file and the reason: missing, too large, hash or format version differs,
            not one self-contained ONNX file of known operators, or metadata and manifest disagree.
    """
    folder = shipped_path() if path is None else path
    manifest = _read_manifest(folder / MANIFEST_FILE)
    model_path = folder / MODEL_FILE
    try:
        model = _read_model(model_path)
        digest = hashlib.sha256(model).hexdigest()
        if digest != manifest["sha256"]:
            raise ModelError(f"SHA-256 is not the one in {MANIFEST_FILE}: the file was changed or cut short")
        contract = _read_contract(read_metadata(model))
        schema = LabelSchema.from_tags(contract["tags"])
        labels = tuple(LabelInfo.from_mapping(entry) for entry in manifest["labels"])
        if not contract["fingerprint"] == manifest["fingerprint"] == schema.fingerprint:
            raise ModelError(f"its tags and those of {MANIFEST_FILE} have different fingerprints")
        if schema.labels != tuple(label.id for label in labels if label.kind == "model"):
            raise ModelError(f"its labels are not the model labels of {MANIFEST_FILE}")
        size, context = _window_of(contract)
        points, calibration = points_of(contract, schema), calibration_of(contract)
        version = str(contract["version"])
        return Bundle(folder, model, version, digest, schema, labels, size, context, points, calibration, manifest)
    except (ModelError, ConfigError) as err:
        raise ModelError(f"{model_path}: {err}") from err
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as err:
        raise ModelError(f"{model_path}: metadata or {MANIFEST_FILE} is malformed ({type(err).__name__}: {err})") from err


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(_read_file(path, limit=MAX_MANIFEST_BYTES).decode("utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file; a model folder holds {MODEL_FILE} and {MANIFEST_FILE}") from None
    except ModelError as err:
        raise ModelError(f"{path}: {err}") from err
    except (OSError, ValueError, RecursionError) as err:
        raise ModelError(f"{path}: cannot be read as JSON ({type(err).__name__})") from err
    if not isinstance(manifest, dict):
        raise ModelError(f"{path}: not a manifest")
    return manifest


def _read_model(path: Path) -> bytes:
    try:
        return _read_file(path, limit=MAX_MODEL_BYTES)
    except OSError as err:
        raise ModelError(err.strerror or "cannot be read") from err


def _read_file(path: Path, *, limit: int) -> bytes:
    """Return the bytes of a regular file of at most `limit`: a pipe or a device says that it is empty and may never end."""
    status = path.stat()
    if not S_ISREG(status.st_mode):
        raise ModelError("not a regular file")
    if status.st_size > limit:
        raise ModelError(f"larger than {limit >> 20} MiB")
    with path.open("rb") as file:
        return file.read(status.st_size)


def _window_of(contract: Mapping[str, Any]) -> tuple[int, int]:
    size, context = contract["window"], contract["context"]
    if type(size) is not int or type(context) is not int or size > MAX_WINDOW:
        raise ModelError(f"window and context must be whole numbers of characters, the window at most {MAX_WINDOW}")
    check_window(size, context)
    return size, context


def _read_contract(metadata: Mapping[str, str]) -> dict[str, Any]:
    try:
        contract = json.loads(metadata[METADATA_KEY])
    except (KeyError, ValueError, RecursionError):
        raise ModelError(f"it carries no {METADATA_KEY!r} metadata") from None
    if not isinstance(contract, dict) or contract.get("format") != FORMAT_VERSION:
        raise ModelError(f"its format version is not {FORMAT_VERSION}, the one that this minshi reads")
    return contract
