"""Formats that only an office program reads: LibreOffice, where it is installed, converts them to ones that we read."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import BinaryIO

from minshi.errors import InputError

_SHEETS = frozenset((".et", ".ett", ".xls", ".xlt", ".csv"))
_SLIDES = frozenset((".ppt", ".pptx", ".dps", ".odp"))
_PROGRAMS = ("soffice", "libreoffice")


def convert(file: BinaryIO, name: str, suffix: str, *, timeout: float = 90.0) -> bytes:
    """Return the file as .docx, .xlsx or, of slides, .pdf bytes.

    Raises:
        InputError: LibreOffice is missing, or cannot convert the file within `timeout` seconds.
    """
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise InputError(f"{name}: {suffix or 'office'} files of this kind need LibreOffice, which is not installed")
    target = "xlsx" if suffix in _SHEETS else "pdf" if suffix in _SLIDES else "docx"
    with tempfile.TemporaryDirectory(prefix="minshi-") as folder:
        source = Path(folder, f"source{suffix if suffix.isascii() else ''}")
        with source.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        options = ["--headless", "--norestore", "--convert-to", target, "--outdir", f"{folder}/out"]
        command = [program, profile, *options, str(source)]
        try:
            subprocess.run(command, capture_output=True, timeout=timeout, check=True, stdin=subprocess.DEVNULL)
            return Path(folder, "out", f"source.{target}").read_bytes()
        except subprocess.TimeoutExpired:
            raise InputError(f"{name}: LibreOffice took longer than {timeout:g} s to convert it") from None
        except (subprocess.CalledProcessError, OSError):
            raise InputError(f"{name}: LibreOffice cannot convert it") from None
