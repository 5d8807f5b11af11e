"""Files with identity numbers and telephones planted in them, and where readers and rules find them again."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

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
    return f"139{order:08}"


def found(file: BinaryIO, name: str) -> dict[tuple[str, int], str]:
    """Return what rules find in a file: (place, offset inside it) -> text."""
    spans = {}
    for item in read_stream(file, name):
        assert not isinstance(item, InputError), item
        validated, others = rules.find(item.text)
        kept = inside(combine(item.text, validated, [], others), item.anchors)
        for span in record(item, kept, name, with_text=True)["spans"]:
            spans[span["place"], span["start"]] = span["text"]
    return spans


def converted(sources: list[Path], target: str, folder: Path) -> Iterator[Path]:
    """Convert files by LibreOffice; `target` is an extension, or extension:filter."""
    folder.mkdir(parents=True, exist_ok=True)
    profile = f"-env:UserInstallation={(folder.parent / 'profile').as_uri()}"
    options = ["--headless", "--norestore", "--convert-to", target, "--outdir", str(folder)]
    subprocess.run([str(SOFFICE), profile, *options, *map(str, sources)], check=True, capture_output=True, timeout=180)
    for source in sources:
        yield folder / f"{source.stem}.{target.partition(':')[0]}"
