"""Mails as files (RFC 5322, MIME), told by their head. Their bodies are encoded, and nobody would find anything in them raw."""

from __future__ import annotations

import re
from typing import BinaryIO

_MAX_HEAD = 1 << 16  # the stamps of the servers that passed a mail on come first, some kilobytes of them
_FIELD = re.compile(rb"([\w-]{1,60})[ \t]*:")
_MIME = frozenset((b"mime-version", b"content-type", b"content-transfer-encoding"))
_MAIL = _MIME | {b"from", b"to", b"subject", b"sender", b"received", b"return-path", b"message-id"}


def is_mail(file: BinaryIO) -> bool:
    """Tell a mail by the names in its head: one field of MIME, and another of it or of mails.

    A text that begins with `From:` and `Subject:`, as a mail that was pasted, has none of MIME and is no mail: it can be read.
    """
    file.seek(0)
    names = _field_names(file.read(_MAX_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip())
    return bool(names & _MIME) and len(names & _MAIL) > 1


def _field_names(head: bytes) -> set[bytes]:
    """Return the names of the fields that a file begins with, in lower case; a mailbox has a line `From ` before them."""
    first, *others = head.splitlines() or [b""]
    names: set[bytes] = set()
    for line in others if first.startswith(b"From ") else [first, *others]:
        if line[:1] in (b" ", b"\t"):  # goes on with the field before
            continue
        if not (field := _FIELD.match(line)):
            break
        names.add(field[1].lower())
    return names
