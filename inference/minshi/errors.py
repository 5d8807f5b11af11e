"""The errors that minshi raises. Their messages name the file and the reason, never the text of a document."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MinshiError(Exception):
    """Base of every error that minshi raises on purpose."""


class ModelError(MinshiError):
    """A model folder or file that cannot be trusted or does not fit this version of minshi."""


class InputError(MinshiError):
    """An input that cannot be read: missing, binary, undecodable, empty or malformed."""


class NoTextError(InputError):
    """An input that is sound and holds no text, though it may hold pictures of some."""


class StorageError(MinshiError):
    """No room for what the program itself must write, as on a full disk: says nothing of the input that it was about to read."""


class ConfigError(MinshiError):
    """A setting or label schema that makes no sense."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is nearest to a misspelt one, whatever their case; None where none is near."""
    written = {each.casefold(): each for each in known}
    return next((written[near] for near in get_close_matches(name.casefold(), written, n=1)), None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the nearest of the known names as the question that ends a message, or nothing where none is near.

    >>> did_you_mean("epoch", ["epochs", "seed"])
    ", did you mean 'epochs'?"
    """
    near = nearest(name, known)
    return f", did you mean {near!r}?" if near else ""
