"""The engine that runs chunks on Ray: an actor a CPU, on this machine or on all of a cluster.

Only numbers of chunks go out and only counts come back: actors read the dump and write the parts themselves, so that on a
cluster both, and the model, are at the same paths on every node.
"""

from __future__ import annotations

import logging
import os
import platform
import socket
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from minshi.batch.job import Engine
from minshi.batch.tally import Tally
from minshi.batch.worker import TRIES, Worker, as_ours, died_too_often, workers_that_fit
from minshi.errors import ConfigError, InputError, MinshiError

_STORE_BYTES = 80 << 20  # of Ray's object store, near the least it takes: no document passes through it
_ANSWER_SECONDS = 10


def ray_engine(address: str | None = None) -> Engine:
    """Return an engine for `minshi.batch.run`.

    Args:
        address: of a cluster to join: "auto", "10.0.0.1:6379", "ray://10.0.0.1:10001". Without one the engine takes the Ray that
            the program is connected to, or starts one on this machine and stops it in the end.

    Raises:
        ConfigError: ray is not installed, or nothing answers at the address.
    """
    try:
        import ray  # noqa: F401  # missing, it is said before a job begins
    except ModuleNotFoundError:
        raise ConfigError('the engine ray needs Ray, which is not installed: pip install "minshi[ray]"') from None
    if address:
        _check_answers(address)
    return partial(_run_chunks, address)


def _run_chunks(address: str | None, out: Path, chunks: Sequence[int], *, workers: int | None) -> Iterator[Tally]:
    """Run chunks on actors; yield the counts of a chunk when all of it is done."""
    if not chunks:
        return
    import ray
    from ray.exceptions import RayActorError

    waiting, tries = deque(chunks), Counter[int | None]()
    busy: dict[Any, tuple[Any, int | None]] = {}  # what is awaited -> the actor, and its chunk; None while it loads
    remote = ray.remote(num_cpus=1)(_Actor)

    def hire() -> None:
        actor = remote.remote()
        busy[actor.load.remote(str(out.resolve()))] = actor, None

    with _connected(address, cpus=workers or workers_that_fit(out)):
        try:
            cpus = int(ray.cluster_resources().get("CPU", 1))  # 0 where only the head is there yet
            for _ in range(min(workers or max(cpus, 1), len(chunks))):
                hire()
            # An actor gets a chunk only once it has loaded: one that the cluster has no room for holds nothing up.
            while waiting or any(chunk is not None for _, chunk in busy.values()):
                (answered,), _ = ray.wait(list(busy))
                actor, chunk = busy.pop(answered)
                try:
                    answer = ray.get(answered)
                except RayActorError:
                    tries[chunk] += 1
                    if tries[chunk] == TRIES:
                        raise died_too_often(chunk) from None
                    if chunk is not None:
                        waiting.appendleft(chunk)
                    hire()
                    continue
                if isinstance(answer, MinshiError):
                    raise answer
                tries[None] = 0
                yield from answer
                if waiting:
                    chunk = waiting.popleft()
                    busy[actor.run.remote(chunk)] = actor, chunk
        finally:
            for actor, _ in busy.values():
                ray.kill(actor)


class _Actor:
    """A worker in a process of Ray. Errors are returned, not raised: Ray would wrap them in a traceback."""

    def load(self, out: str) -> list[Tally] | MinshiError:
        try:
            _check_seen(Path(out))
            self._worker = Worker(Path(out))
            job = self._worker.job
            _check_seen(Path(job.root))
            bundle = self._worker.tagger.bundle
            if bundle is None or bundle.sha256 != job.model:
                raise ConfigError(f"the model on node {platform.node()} is another than that of the job")
        except Exception as err:
            return as_ours(err)
        return []

    def run(self, chunk: int) -> list[Tally] | MinshiError:
        total = Tally()
        try:
            self._worker.run(chunk, total.add)
        except Exception as err:
            return as_ours(err)
        return [total]


def _check_seen(path: Path) -> None:
    if not path.exists():
        raise InputError(f"{path}: not there on node {platform.node()}; every node must see it, as on a shared mount")


def _check_answers(address: str) -> None:
    """Raise ConfigError at once where Ray would try for minutes, printing as it goes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        try:
            socket.create_connection((host, int(port)), timeout=_ANSWER_SECONDS).close()
        except (OSError, OverflowError) as err:
            raise ConfigError(f"no Ray cluster answers at {address} ({getattr(err, 'strerror', None) or 'no answer'})") from None


@contextmanager
def _connected(address: str | None, *, cpus: int) -> Iterator[None]:
    import ray

    if ray.is_initialized():
        yield
        return
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address:
            ray.init(address, **quiet)
        else:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine
            ray.init("local", num_cpus=cpus, include_dashboard=False, object_store_memory=_STORE_BYTES, **quiet)
    except (ConnectionError, RuntimeError, ValueError, OSError) as err:
        what = f"join the Ray cluster at {address}: another version, or does it ask for a token?" if address else "start Ray"
        raise ConfigError(f"cannot {what} ({type(err).__name__}); once it works, go on by --resume") from None
    try:
        yield
    finally:
        ray.shutdown()
