"""The errors that minshi raises. Their messages name the file and the reason, never the text of a document."""

from __future__ import annotations


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
