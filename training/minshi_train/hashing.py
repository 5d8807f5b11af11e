"""What a file is known by in manifests and records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from minshi.errors import InputError


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal digits; raises InputError where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as err:
        raise InputError(f"{path}: cannot be read ({err.strerror})") from err


def files_sha256(paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of each file by its path; raises InputError where one cannot be read."""
    return {path.as_posix(): file_sha256(path) for path in paths}
