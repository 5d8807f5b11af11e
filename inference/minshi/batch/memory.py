"""How much memory is free, and how many workers fit into it, so that a job does not end by the system's killing it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

WORKER_MB: Final = 280  # of a worker and its reader before they read a large file, as docs/batch-performance.md measures
# Control groups by the controllers that a line of /proc/self/cgroup names ("" is version 2): where they are mounted, and the
# files that say what a group may take, what it takes, and in `memory.stat`, what of that is cache that it gives back.
_GROUPS: Final = {
    "": ("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    "memory": ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}


def available_memory(root: Path = Path("/")) -> int | None:
    """Return how many bytes this process and its children may still take, None where the system does not say as Linux does.

    That is what the machine has available, or what is left to the narrowest of the control groups around this process.

    Args:
        root: below which /proc and /sys are.
    """
    return min((*_machine(root), *_groups(root)), default=None)


def worker_memory(memory_mb: int) -> int:
    """Return how many bytes a worker may take with the process that reads for it, which is held to `memory_mb` MiB."""
    return (WORKER_MB + memory_mb) << 20


def default_workers(memory_mb: int, *, available: int | None, cores: int) -> int:
    """Return how many workers to start: one a core, or fewer where memory holds fewer; one at least.

    >>> default_workers(768, available=5 << 30, cores=16)
    4
    """
    return cores if available is None else max(1, min(cores, available // worker_memory(memory_mb)))


def _machine(root: Path) -> Iterator[int]:
    kilobytes = _fields(root / "proc/meminfo").get("MemAvailable:")
    if kilobytes is not None:
        yield kilobytes << 10


def _groups(root: Path) -> Iterator[int]:
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers not in _GROUPS:
            continue
        mount, limit, usage, cache = _GROUPS[controllers]
        top = root / mount
        group = top / path.strip("/")  # a container may not see it; what is mounted is its own group then
        for folder in (group, *group.parents):
            allowed = _text(folder / limit).strip()  # "max" where there is no limit
            if allowed.isdecimal():
                used = int(_text(folder / usage) or 0) - _fields(folder / "memory.stat").get(cache, 0)
                yield max(0, int(allowed) - max(0, used))
            if folder == top:
                break


def _fields(path: Path) -> dict[str, int]:
    """Return the numbers of a file of lines `name number`."""
    words = (line.split() for line in _text(path).splitlines())
    return {each[0]: int(each[1]) for each in words if len(each) > 1 and each[1].isdecimal()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
