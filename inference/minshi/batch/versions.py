"""The versions of the programs that read and tag: with another, a file may be read, or tagged, otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final

_DISTRIBUTIONS: Final = ("minshi", "onnxruntime", "lxml", "pypdfium2", "python-calamine", "selectolax")
_ABSENT: Final = "none"


def versions() -> dict[str, str]:
    """Return the version of each, "none" of what is not installed."""
    return {name: _version(name) for name in _DISTRIBUTIONS}


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return what differs, in words; "" if nothing does.

    >>> differences({"minshi": "0.1.0", "lxml": "5.4.0"}, {"minshi": "0.1.0", "lxml": "6.1.3"})
    'lxml 5.4.0, now 6.1.3'
    """
    names = [name for name in {**before, **now} if before.get(name, _ABSENT) != now.get(name, _ABSENT)]
    return "; ".join(f"{name} {before.get(name, _ABSENT)}, now {now.get(name, _ABSENT)}" for name in names)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return _ABSENT
