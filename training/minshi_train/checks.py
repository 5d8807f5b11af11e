"""Checks of what a training configuration names, before any work; the message says which key is wrong."""

from __future__ import annotations

import glob
import importlib.util
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from minshi.errors import ConfigError, did_you_mean
from minshi.labels import LabelSchema
from minshi_train.corpus.annotated import check_known_labels, read_annotated
from minshi_train.explain import instead

_EXTRAS = {"tensorboard": "minshi[logs]"}  # by what they install
# Any label that a line of JSON may give a span. A text holds no such thing: quotation marks in it are escaped.
_LABEL = re.compile(rb'"label"\s*:\s*("(?:[^"\\]|\\.)*")')


def check_place(key: str, place: Path) -> None:
    """Raise ConfigError where a file or folder is missing."""
    if not place.exists():
        raise ConfigError(f"{key}: {place}: no such file or folder{instead(place)} (paths are relative to where you run)")


def check_pattern(key: str, pattern: str) -> None:
    """Raise ConfigError where a pattern matches no file."""
    if not any(Path(found).is_file() for found in glob.iglob(pattern, recursive=True)):
        raise ConfigError(f"{key}: {pattern}: no such file{instead(Path(pattern))} (paths are relative to where you run)")


def check_labels(key: str, labels: Iterable[str], known: Sequence[str]) -> None:
    """Raise ConfigError where one of `labels`, keys of the setting `key`, is not known."""
    for label in labels:
        if label not in known:
            raise ConfigError(f"{key}.{label}: no such label (known: {', '.join(known)}){did_you_mean(label, known)}")


def check_annotation(paths: Iterable[Path], known: Sequence[str]) -> None:
    """Raise InputError where an annotated file has a label that is not known, or seems to and cannot be read.

    To parse all documents takes seconds, so only a file that seems to have one is read as a whole.
    """
    for path in paths:
        if not _seems_to_have_only(known, path):
            for doc in read_annotated(path):
                check_known_labels(path, doc, known)


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
    check_positions(folder, positions, window=window)


def check_positions(place: Path, positions: int, *, window: int) -> None:
    """Raise ConfigError where a network has no positions for [CLS] and a window."""
    if window >= positions:
        raise ConfigError(f"window.size: {place} has {positions} positions, one for [CLS]; cannot read {window} characters")


def check_same_labels(key: str, place: Path, schema: LabelSchema, *, wanted: LabelSchema) -> None:
    """Raise ConfigError where the trained model at `place` has other labels than the configuration."""
    if schema != wanted:
        theirs, ours = (", ".join(each.labels) for each in (schema, wanted))
        raise ConfigError(f"{key}: {place} has other labels ({theirs}) than this configuration (labels: {ours})")


def check_installed(key: str, library: str) -> None:
    """Raise ConfigError where a library is not installed."""
    if importlib.util.find_spec(library) is None:
        raise ConfigError(f"{key}: {library} is not installed: pip install '{_EXTRAS.get(library, library)}'")


def _seems_to_have_only(known: Sequence[str], path: Path) -> bool:
    """Tell whether all that may be a label of a file is known, without parsing it; False where only parsing can say."""
    try:
        return {json.loads(label) for label in set(_LABEL.findall(path.read_bytes()))} <= set(known)
    except (OSError, ValueError):
        return False
