"""Checks of what a training configuration names, before any work; the message says which key is wrong."""

from __future__ import annotations

import glob
import importlib.util
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from minshi.errors import ConfigError
from minshi_train.explain import did_you_mean, nearest


def check_place(key: str, place: Path) -> None:
    """Raise ConfigError where a file or folder is missing."""
    if not place.exists():
        raise ConfigError(f"{key}: {place}: no such file or folder{_instead(place)} (paths are relative to where you run)")


def check_pattern(key: str, pattern: str) -> None:
    """Raise ConfigError where a pattern matches no file."""
    if not any(Path(found).is_file() for found in glob.iglob(pattern)):
        raise ConfigError(f"{key}: {pattern}: no such file{_instead(Path(pattern))} (paths are relative to where you run)")


def check_labels(key: str, labels: Iterable[str], known: Sequence[str]) -> None:
    """Raise ConfigError where one of `labels`, keys of the setting `key`, is not known."""
    for label in labels:
        if label not in known:
            raise ConfigError(f"{key}.{label}: no such label (known: {', '.join(known)}){did_you_mean(label, known)}")


def check_encoder(folder: Path, *, layers: int | None, window: int) -> None:
    """Raise ConfigError where an encoder lacks layers, if these are taken from it, or positions for [CLS] and a window."""
    path = folder / "config.json"
    try:
        shape = json.loads(path.read_text(encoding="utf-8"))
        has_layers, positions = int(shape["num_hidden_layers"]), int(shape["max_position_embeddings"])
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise ConfigError(f"encoder.path: {path}: not the configuration of an encoder ({type(err).__name__}: {err})") from None
    if layers is not None and layers > has_layers:
        raise ConfigError(f"encoder.layers: {folder} has {has_layers} layers, cannot keep {layers}")
    if window >= positions:
        raise ConfigError(f"window.size: {folder} has {positions} positions, one for [CLS]; cannot read {window} characters")


def check_installed(key: str, library: str) -> None:
    """Raise ConfigError where a library is not installed."""
    if importlib.util.find_spec(library) is None:
        raise ConfigError(f"{key}: {library} is not installed")


def _instead(place: Path) -> str:
    """Return what stands beside the first part of a path that is missing, and has nearly its name, as a question, or nothing."""
    gone = next((part for part in (*reversed(place.parents), place) if not part.exists()), place)
    near = nearest(gone.name, (path.name for path in gone.parent.iterdir())) if gone.parent.is_dir() else None
    return f", did you mean {(gone.parent / near).as_posix()!r}?" if near else ""
