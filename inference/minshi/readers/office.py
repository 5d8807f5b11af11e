"""Formats that only an office program reads: LibreOffice, where it is installed, converts them to ones that we read."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path, PurePath
from typing import BinaryIO

from minshi.errors import InputError, StorageError

_SHEETS = frozenset((".et", ".ett", ".xls", ".xlt", ".ots"))
_SLIDES = frozenset((".ppt", ".pptx", ".dps", ".odp", ".otp"))
_PROGRAMS = ("soffice", "libreoffice")
_TEMPORARY = ("TEMP", "TMP", "TMPDIR")  # where LibreOffice looks for a folder for its temporary files
_ROOM = 16 << 20  # bytes; with less left on the disk, LibreOffice may have failed for that, or cut its copy short without a word
_HAS_GROUPS = hasattr(os, "killpg")  # not on Windows
# The program in a session of its own, and beside it a shell that ends the session when our end of its input closes: a batch
# job kills the process that reads, which then cannot end what it started.
_WATCHED = 'exec 3<&0; (read _ <&3; kill -KILL 0) & "$@" 3<&- </dev/null; status=$?; kill $!; exit $status'


def convert(file: BinaryIO, name: str, suffix: str, *, timeout: float = 90.0) -> bytes:
    """Return the file as .docx, .xlsx or, of slides, .pdf bytes; `suffix` tells what it is, whatever its name says.

    Raises:
        InputError: LibreOffice is missing, or cannot convert the file within `timeout` seconds.
        StorageError: the disk for temporary files is full, or nearly so when it is done.
    """
    target = "xlsx" if suffix in _SHEETS else "pdf" if suffix in _SLIDES else "docx"
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        own = PurePath(name).suffix.lower()
        reason = f"{own or 'office'} files of this kind need LibreOffice, which is not installed"
        raise InputError(f"{name}: {reason}; or save it as {target}")
    with tempfile.TemporaryDirectory(prefix="minshi-") as folder:
        source = Path(folder, f"source{suffix if suffix.isascii() else ''}")
        with source.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        options = ["--headless", "--norestore", "--convert-to", target, "--outdir", f"{folder}/out"]
        command = [program, profile, *options, str(source)]
        try:
            _run(command, timeout, folder)
            converted = Path(folder, "out", f"source.{target}").read_bytes()
        except (subprocess.SubprocessError, OSError) as err:
            _check_room(source, name)
            if isinstance(err, subprocess.TimeoutExpired):
                raise InputError(f"{name}: LibreOffice took longer than {timeout:g} s to convert it") from None
            raise InputError(f"{name}: LibreOffice cannot convert it") from None
        _check_room(source, name)
        return converted


def _check_room(source: Path, name: str) -> None:
    """Raise StorageError where the disk is nearly full: what became of a file there says nothing of the file."""
    free = shutil.disk_usage(source.parent).free
    if free < max(_ROOM, source.stat().st_size):  # a copy that had no room may be gone by now
        raise StorageError(f"{name}: no room to convert it in {tempfile.gettempdir()} ({free >> 20:,} MiB left)")


def _run(command: list[str], timeout: float, folder: str) -> None:
    """Run a program, its temporary files in `folder`; end it with all that it started when its time is up, or we are ended."""
    environment = {**os.environ, **dict.fromkeys(_TEMPORARY, folder)}
    watched = ["/bin/sh", "-c", _WATCHED, "sh", *command] if _HAS_GROUPS else command
    with subprocess.Popen(
        watched,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment,
    ) as process:
        try:
            status = process.wait(timeout)
        except BaseException:
            if _HAS_GROUPS:
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            raise
    if status:
        raise subprocess.CalledProcessError(status, command)
