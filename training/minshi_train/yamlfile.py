"""Configuration files: YAML mappings that may extend others, with `--set` overrides on top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from minshi.errors import ConfigError
from minshi_train.explain import instead


def load_tree(path: Path, overrides: Iterable[str] = ()) -> dict[str, Any]:
    """Read a file over those that it extends, and under overrides; an empty mapping on top takes the place of what it covers.

    Args:
        overrides: `section.key=value` each; the value is read as YAML.

    Raises:
        ConfigError: a file cannot be read, extends itself or what is no file, or an override is none.
    """
    tree = _extended(path, seen=())
    for override in overrides:
        keys, separator, value = override.partition("=")
        if not separator:
            raise ConfigError(f"--set {override}: expected section.key=value")
        try:
            branch: Any = yaml.safe_load(value)
        except yaml.YAMLError:
            raise ConfigError(f"--set {override}: the value is not YAML") from None
        for key in reversed(keys.split(".")):
            branch = {key: branch}
        tree = _merged(tree, branch)
    return tree


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one file; raises ConfigError where it cannot be read or is no mapping."""
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file{instead(path)}") from None
    except OSError as err:
        raise ConfigError(f"{path}: cannot be read ({err.strerror})") from None
    except (UnicodeDecodeError, yaml.YAMLError) as err:
        raise ConfigError(f"{path}: cannot be read ({' '.join(str(err).split())})") from None
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: expected a mapping at the top")
    return tree


def _extended(path: Path, *, seen: tuple[Path, ...]) -> dict[str, Any]:
    if path in seen:
        raise ConfigError(f"{path}: extends itself")
    tree = read_yaml(path)
    extends = tree.pop("extends", [])
    bases = [extends] if isinstance(extends, str) else extends
    if not isinstance(bases, list) or not all(isinstance(base, str) for base in bases):
        raise ConfigError(f"{path}: extends: expected a file or a list of files")
    merged: dict[str, Any] = {}
    for base in bases:
        if not (path.parent / base).is_file():
            raise ConfigError(f"{path}: extends: {base}: no such file{instead(path.parent / base)}")
        merged = _merged(merged, _extended((path.parent / base).resolve(), seen=(*seen, path.resolve())))
    return _merged(merged, tree)


def _merged(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if value and isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged
