"""A process that serves one request after the other, and may die, hang or run out of memory at the cost of that one alone.

It leads a group, so that what it started ends with it, and its temporary files lie in a folder that goes when it does.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeAlias

from minshi.errors import InputError, MinshiError

SPAWN = get_context("spawn")  # fork would copy the threads' locks of onnxruntime
Send: TypeAlias = Callable[[Any], None]
Make: TypeAlias = Callable[[Send], Callable[..., None]]


class Signal(Enum):
    """What a child says beside its answers."""

    READY = "ready"
    ALIVE = "alive"
    DONE = "done"


class Child:
    """Serves requests in a child process, which is made anew after each that it did not survive.

    Args:
        make: is pickled as it is when a process starts, and called there with a function that sends an answer, or
            Signal.ALIVE; what it returns is called with each request and sends the answers to it. It may raise MinshiError.
        doing: what errors say it was at: "reading".
        scratch: a folder for its temporary files, made when needed and removed by `close`.
        seconds: a request is given up when nothing is sent for so long; until it is READY, a process may take its time.
        memory_mb: how much more memory it may take than it has when it is READY, in MiB.
        spare_mb: what it may take beside, of which errors say nothing.
    """

    def __init__(self, make: Make, *, doing: str, scratch: Path, seconds: float, memory_mb: int, spare_mb: int = 0) -> None:
        self._make = make
        self._doing = doing
        self._scratch = scratch.absolute()  # programs that the child starts want absolute paths
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._spare_mb = spare_mb
        self._process: BaseProcess | None = None
        self._connection: Connection[Any, Any] | None = None
        self._is_ready = False
        self._ahead: tuple[object, ...] | None = None

    def start(self) -> None:
        """Wait until the process is there, to know beforehand that it can do its work.

        Raises:
            MinshiError: it cannot.
        """
        connection = self._launched()
        try:
            self._await_ready(connection)
        except (EOFError, OSError):
            self.close()
            raise MinshiError(f"{self._doing}: its process died as it started; out of memory?") from None

    def answers(self, name: str, *request: object) -> Generator[Any, None, None]:
        """Yield what is answered to a request; an InputError on `name`, at last, where it hung, crashed or ate the memory.

        Raises:
            MinshiError: a process that was made anew cannot do its work.
        """
        if self._ahead not in (None, request):
            self.close()
        connection = self._launched()
        is_sent, self._ahead = self._ahead is not None, None
        is_done = False
        try:
            self._await_ready(connection)
            if not is_sent:
                connection.send(request)
            while connection.poll(self._seconds):
                item = connection.recv()
                if item is Signal.DONE:
                    is_done = True
                    return
                if item is not Signal.ALIVE:
                    yield item
            yield InputError(f"{name}: {self._doing} took longer than {self._seconds:g} s")
        except (EOFError, OSError):
            needs = f"needs more than {self._memory_mb} MiB of memory"
            yield InputError(f"{name}: {self._doing} it crashed; damaged, or {needs}")
        finally:
            if not is_done:
                self.close()

    def ask_ahead(self, *request: object) -> None:
        """Send the request whose answers are asked for next, while nothing else is; the process works at it meanwhile.

        Nothing is lost where there is no process, or where another request comes first.
        """
        if self._connection is not None and self._ahead is None:
            with suppress(OSError):  # it is gone, which the next request will meet
                self._connection.send(request)
                self._ahead = request

    def close(self) -> None:
        """Stop the process and what it started."""
        if self._process is not None:
            _kill_group(self._process)
            self._process.join()
            shutil.rmtree(self._scratch, ignore_errors=True)
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = self._ahead = None
        self._is_ready = False

    def _launched(self) -> Connection[Any, Any]:
        if self._connection is None or self._process is None or not self._process.is_alive():
            self.close()
            self._scratch.mkdir(parents=True, exist_ok=True)
            self._connection, theirs = SPAWN.Pipe()
            arguments = (theirs, str(self._scratch), self._memory_mb + self._spare_mb, self._make)
            process = SPAWN.Process(target=_serve, args=arguments, daemon=True)
            with deaf_children():
                process.start()
                self._process = process
            theirs.close()
        return self._connection

    def _await_ready(self, connection: Connection[Any, Any]) -> None:
        if self._is_ready:
            return
        said = connection.recv()
        if isinstance(said, MinshiError):
            self.close()
            raise said
        self._is_ready = True


@contextmanager
def deaf_children() -> Iterator[None]:
    """Let processes that start inside be born deaf to Ctrl-C: it must not meet them before they can say so themselves.

    This process hears one that comes meanwhile when the block ends.
    """
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    missed: list[int] = []
    resource_tracker.ensure_running()  # started inside, it would let Ctrl-C through again
    handler = signal.signal(signal.SIGINT, lambda number, _: missed.append(number))  # other threads of ours may be told of it
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which a new process inherits
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if missed:
            signal.raise_signal(signal.SIGINT)


def ignore_interrupts() -> None:
    """Leave Ctrl-C, which reaches the whole group of processes, to the one that began the job."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def die_with_parent() -> None:
    """End this process, and the group that it leads if it does, when its parent ends, however that does."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_die_after, args=(parent.sentinel,), daemon=True).start()


def hush() -> None:
    """Drop what this process would print as an error: what it has to say goes through its pipe, without a document's text."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)


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


def _serve(connection: Connection[Any, Any], scratch: str, memory_mb: int, make: Make) -> None:
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    tempfile.tempdir = scratch
    die_with_parent()
    ignore_interrupts()
    hush()
    is_free = threading.Lock()

    def send(item: object) -> None:
        with is_free:
            connection.send(item)

    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone, and so is the work
        try:
            answer = make(send)
        except MinshiError as err:
            send(err)
            return
        _limit_memory(memory_mb)
        send(Signal.READY)
        while True:
            answer(*connection.recv())
            send(Signal.DONE)


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
