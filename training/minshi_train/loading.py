"""Load a training configuration and check, before any work, that all that it names is there and fits together.

No stage imports this: what is checked here may be checked differently without anything being made anew.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

from minshi.errors import ConfigError, MinshiError
from minshi.labels import LabelSchema
from minshi_train.checks import (
    check_annotation,
    check_encoder,
    check_installed,
    check_labels,
    check_pattern,
    check_place,
    check_positions,
    check_same_labels,
)
from minshi_train.config import Config, load_labels, model_schema, parse_config, trained_models
from minshi_train.corpus.public import check_labels_of, find_sources
from minshi_train.folders import trained_files
from minshi_train.prune import check_layers, check_widths
from minshi_train.restore import form_of


def load_config(path: Path, overrides: Iterable[str] = ()) -> Config:
    """Load a configuration and check it, and that what it names is there and fits, before any work.

    Args:
        overrides: `section.key=value` each; the value is read as YAML.

    Raises:
        ConfigError: one line that names the file, the key and the reason.
    """
    config = parse_config(path, overrides)
    try:
        _check_surroundings(config)
    except MinshiError as err:
        raise ConfigError(f"{path}: {err}") from None
    return config


def _check_surroundings(config: Config) -> None:
    for key, place in _places(config):
        check_place(key, place)
    for key, pattern in _patterns(config):
        check_pattern(key, pattern)
    try:
        schema = model_schema(load_labels(config.labels))
    except ConfigError as err:
        raise ConfigError(f"labels: {err}") from None
    check_labels("train.substitute", config.train.substitute, schema.labels)
    if config.train.log_to != "none":
        check_installed("train.log_to", config.train.log_to)
    layers = config.encoder.layers if config.start is None else None
    check_encoder(config.encoder.path, layers=layers, window=config.window.size)
    for key, place in trained_models(config):
        _check_trained(key, place, config, schema)
    _check_data(config, schema)


def _check_trained(key: str, place: Path, config: Config, schema: LabelSchema) -> None:
    """Check a model that training begins with or learns from: labels, window, and the parts of it that are to be kept."""
    if not all(path.is_file() for path in trained_files(place)):
        raise ConfigError(f"{key}: {place}: neither a trained run nor a model folder")
    try:
        form, theirs = form_of(place)
    except MinshiError as err:
        raise ConfigError(f"{key}: {err}") from None
    check_same_labels(key, place, theirs, wanted=schema)
    check_positions(place, form.max_position_embeddings, window=config.window.size)
    if key == "start":
        check_layers(form, config.start_layers, wanted=config.encoder.layers)
        check_widths(form, heads=config.encoder.heads, feed_forward=config.encoder.feed_forward)


def _check_data(config: Config, schema: LabelSchema) -> None:
    corpora, _, _ = find_sources(config.data.public)
    for corpus in corpora:
        check_labels_of(corpus, schema)
    patterns = [pattern for key, pattern in _patterns(config) if key.startswith("data.")]
    check_annotation((Path(found) for pattern in patterns for found in sorted(glob.glob(pattern))), schema.labels)


def _places(config: Config) -> Iterator[tuple[str, Path]]:
    """Yield the files and folders that must be there, each with its key."""
    yield "labels", config.labels
    yield from (("encoder.path", place) for place in (config.encoder.path, config.encoder.path / "config.json"))
    if config.data.generated:
        yield "data.generated.config", config.data.generated.config
    if config.data.public:
        yield "data.public.config", config.data.public.config
    if config.distill:
        yield from (("distill.exclude", path) for path in config.distill.exclude)
    yield from trained_models(config)


def _patterns(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the patterns that must each match a file, with their keys."""
    for split in ("annotated", "train", "dev", "test"):
        yield from ((f"data.{split}", pattern) for pattern in getattr(config.data, split))
    if config.distill and config.distill.documents:
        yield from (("distill.text", pattern) for pattern in config.distill.text)
