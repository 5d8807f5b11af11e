"""Files with identity numbers and telephones planted in them, and where readers and rules find them again."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest

from minshi import rules
from minshi.batch.chunk import record
from minshi.errors import InputError
from minshi.merge import combine, inside
from minshi.readers import read_stream

SOFFICE = shutil.which("soffice")
needs_soffice = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999


def identity_number(order: int) -> str:
    """Return a number with a right check digit, of nobody."""
    body = f"11010119900307{order:03}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def telephone(order: int) -> str:
    """Return a mobile number.

    >>> telephone(5)
    '13900000005'
    """
    return f"139{order:08}"


def found(data: bytes, name: str) -> dict[str, str]:
    """Return what rules find in a file, each at `place @offset in it`."""
    spans = {}
    for item in read_stream(io.BytesIO(data), name):
        assert not isinstance(item, InputError), item
        validated, others = rules.find(item.text, ["ID_CARD", "PHONE"])
        hits = combine(item.text, validated, [], others)
        kept = inside(hits, item.anchors) if item.anchors else hits
        for span in record(item, kept, name, with_text=True)["spans"]:
            key = f"{span['place']} @{span['start']}"
            assert key not in spans, f"{key} names two places"
            spans[key] = span["text"]
    return spans


def converted(source: Path, target: str, options: str = "") -> Path:
    """Convert a file by LibreOffice, beside it; `options` names the filter and its settings."""
    folder = source.parent
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    wanted = f"{target}:{options}" if options else target
    command = [str(SOFFICE), profile, "--headless", "--norestore", "--convert-to", wanted, "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return source.with_suffix(f".{target}")
