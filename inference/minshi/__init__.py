"""minshi 敏识: find the personal information that Chinese notices give away.

    >>> import minshi
    >>> tagger = minshi.Tagger.load()
    >>> [span.label for span in tagger.tag("联系电话：13900001234").spans]
    ['PHONE']

Names are imported on first use, so that `import minshi` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minshi.errors import ConfigError, InputError, MinshiError, ModelError
    from minshi.tagger import Tagger
    from minshi.types import Anchor, Document, Span

_HOMES = {
    "Anchor": "types",
    "Document": "types",
    "Span": "types",
    "Tagger": "tagger",
    "ConfigError": "errors",
    "InputError": "errors",
    "MinshiError": "errors",
    "ModelError": "errors",
}

__all__ = ["Anchor", "ConfigError", "Document", "InputError", "MinshiError", "ModelError", "Span", "Tagger"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'minshi' has no attribute {name!r}")
    return getattr(import_module(f"minshi.{_HOMES[name]}"), name)
