"""Read files in a process of its own, which may die, hang or run out of memory at the cost of that file alone.

It leads a group, so that an office program that it started ends with it, and its temporary files lie in a folder of the job.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from minshi.errors import InputError, StorageError
from minshi.readers import read_stream
from minshi.readers.options import EVERYTHING, Options
from minshi.types import Document

_SPAWN = get_context("spawn")  # fork would copy the threads' locks of onnxruntime
_END = None


class FileReader:
    """Reads one file after the other in a child process, which is made anew after each file that it did not survive.

    `scratch` is a folder for its temporary files, made when needed and removed by `close`.
    """

    def __init__(self, scratch: Path, *, seconds: float, memory_mb: int, options: Options = EVERYTHING) -> None:
        self._scratch = scratch
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._options = options
        self._process: BaseProcess | None = None
        self._connection: Connection[Any, Any] | None = None

    def documents(self, path: Path, name: str) -> Iterator[Document | InputError]:
        """Yield what the file holds; an InputError, at last, where reading hung, crashed or needed too much memory.

        Raises:
            StorageError: there is no room for the temporary files.
        """
        connection = self._started()
        is_done = False
        try:
            connection.send((str(path), name))
            while connection.poll(self._seconds):
                item = connection.recv()
                if item is _END:
                    is_done = True
                    return
                if isinstance(item, StorageError):
                    raise item
                yield item
            yield InputError(f"{name}: reading took longer than {self._seconds:g} s")
        except (EOFError, OSError):
            yield InputError(f"{name}: reading it crashed; damaged, or needs more than {self._memory_mb} MiB of memory")
        finally:
            if not is_done:
                self.close()

    def close(self) -> None:
        """Stop the child and what it started."""
        if self._process is not None:
            _kill_group(self._process)
            self._process.join()
            shutil.rmtree(self._scratch, ignore_errors=True)
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None

    def _started(self) -> Connection[Any, Any]:
        if self._connection is None or self._process is None or not self._process.is_alive():
            self.close()
            self._scratch.mkdir(parents=True, exist_ok=True)
            self._connection, theirs = _SPAWN.Pipe()
            self._process = _SPAWN.Process(
                target=_serve, args=(theirs, str(self._scratch), self._memory_mb, self._options), daemon=True
            )
            self._process.start()
            theirs.close()
        return self._connection


def die_with_parent() -> None:
    """End this process, and the group that it leads if it does, when its parent ends, however that does."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_die_after, args=(parent.sentinel,), daemon=True).start()


def _die_after(sentinel: int) -> None:
    wait([sentinel])
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _kill_group(process: BaseProcess) -> None:
    if hasattr(os, "killpg") and process.pid is not None:
        with suppress(OSError):  # it may be gone, or not lead a group yet
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def ignore_interrupts() -> None:
    """Leave Ctrl-C, which reaches the whole group of processes, to the one that began the job."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _serve(connection: Connection[Any, Any], scratch: str, memory_mb: int, options: Options) -> None:
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    tempfile.tempdir = scratch
    die_with_parent()
    ignore_interrupts()
    _limit_memory(memory_mb)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the worker is gone, and so is the work
        while True:
            for item in _items(*connection.recv(), options=options):
                connection.send(item)
            connection.send(_END)


def _items(path: str, name: str, *, options: Options) -> Iterator[Document | InputError | StorageError]:
    try:
        with open(path, "rb") as file:
            yield from read_stream(file, name, options=options)
    except (InputError, StorageError) as err:
        yield err
    except MemoryError:
        yield InputError(f"{name}: needs too much memory to read")
    except OSError as err:
        yield InputError(f"{name}: {err.strerror or 'cannot be read'}")
    except Exception as err:  # whatever a parser trips over costs one file, and is said without its text
        yield InputError(f"{name}: cannot be read ({type(err).__name__})")


def _limit_memory(memory_mb: int) -> None:
    """Let the process take so much more than it has now: what libraries take for themselves grows with the cores."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _data_bytes() + (memory_mb << 20)
    resource.setrlimit(resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _data_bytes() -> int:
    """Return what counts towards RLIMIT_DATA, as Linux tells it; 0 elsewhere."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
