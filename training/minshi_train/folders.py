"""What a run directory and a model folder hold, and which of them a folder is."""

from __future__ import annotations

from pathlib import Path

CHECKPOINT = Path("checkpoints/best")  # where a run directory keeps its trained model
DATA_MANIFEST = "build.json"  # of the data folder of a run directory
WEIGHTS_FILE = "model.safetensors"  # of an encoder or a checkpoint
_MODEL_FILES = ("model.onnx", "manifest.json")  # minshi.bundle's, which every build would depend on if it were imported here


def is_run(place: Path) -> bool:
    """Tell whether a training has begun in a folder; such a run directory may hold the files of a model folder too."""
    return (place / CHECKPOINT.parent).is_dir()


def is_model_folder(place: Path) -> bool:
    """Tell a model folder from a run directory."""
    return (place / _MODEL_FILES[0]).is_file() and not is_run(place)


def trained_files(place: Path) -> tuple[Path, Path]:
    """Return the weights of a run or of a model folder, and the file beside them that says what they are."""
    weights, described = _MODEL_FILES if is_model_folder(place) else (CHECKPOINT / WEIGHTS_FILE, CHECKPOINT / "config.json")
    return place / weights, place / described
