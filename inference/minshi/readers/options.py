"""What a reader may be asked for, besides the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minshi.errors import ConfigError
from minshi.readers.archive import Limits

ALL: Final = ("",)  # the JSON pointer of the whole


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader may be asked for.

    Attributes:
        fields: of JSON, what is read: names of keys, wherever they stand, and JSON pointers (RFC 6901) into a record, which is
            a line, an object of a top-level list, or the whole. All strings by default, but of JSON Lines `text` alone
            where there is one; ALL for all of them there too.
        limits: what an archive may hold.
    """

    fields: tuple[str, ...] | None = None
    limits: Limits = Limits()  # noqa: RUF009  # frozen


EVERYTHING: Final = Options(fields=ALL)


def check_fields(fields: Sequence[str]) -> None:
    """Raise ConfigError, naming the first of them, if fields are neither names nor JSON pointers.

    >>> check_fields(["applicant", "/detail/note", "/a~1b", ""])
    """
    if not fields:
        raise ConfigError("no field is named")
    for field in fields:
        if field.startswith("/") and re.search(r"~(?![01])", field):
            raise ConfigError(f"no JSON pointer: {field!r}; in a key, ~ is written ~0, and / is written ~1")
        if "/" in field and not field.startswith("/"):
            raise ConfigError(f"neither a name nor a JSON pointer, which begins with /: {field!r}; in a key, / is written ~1")
