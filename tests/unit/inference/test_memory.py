"""What is free is what the machine has, or what a control group leaves; workers are as many as fit, and one at least."""

from __future__ import annotations

from pathlib import Path

import pytest

from minshi.batch.memory import WORKER_MB, available_memory, default_workers, worker_memory
from minshi.batch_cli import _opening

GIB = 1 << 30
MEMINFO = "MemTotal:       24684092 kB\nMemFree:        17021780 kB\nMemAvailable:   {} kB\n"


def system(root: Path, files: dict[str, str], *, available: int = 16 * GIB, group: str = "0::/\n") -> Path:
    """Write what Linux says of memory below `root`."""
    for name, content in {"proc/meminfo": MEMINFO.format(available >> 10), "proc/self/cgroup": group, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    return root


def group(limit: object, usage: int, cache: int) -> dict[str, str]:
    at = "sys/fs/cgroup"
    return {
        f"{at}/memory.max": f"{limit}\n",
        f"{at}/memory.current": f"{usage}\n",
        f"{at}/memory.stat": f"inactive_file {cache}\n",
    }


def test_without_a_limit_it_is_what_the_machine_has(tmp_path: Path) -> None:
    assert available_memory(system(tmp_path, group("max", GIB, 0))) == 16 * GIB


def test_a_container_has_what_its_limit_leaves_and_cache_is_given_back(tmp_path: Path) -> None:
    assert available_memory(system(tmp_path, group(4 * GIB, 3 * GIB, GIB))) == 2 * GIB
    assert available_memory(system(tmp_path / "full", group(GIB, 2 * GIB, 0))) == 0


def test_a_limit_of_a_group_around_counts_too(tmp_path: Path) -> None:
    files = {"sys/fs/cgroup/a.slice/memory.max": f"{3 * GIB}", "sys/fs/cgroup/a.slice/job/memory.max": "max"}
    assert available_memory(system(tmp_path, files, group="0::/a.slice/job\n")) == 3 * GIB


def test_the_first_version_of_control_groups_is_understood(tmp_path: Path) -> None:
    at = "sys/fs/cgroup/memory/docker/1"
    files = {f"{at}/memory.limit_in_bytes": f"{2 * GIB}", f"{at}/memory.usage_in_bytes": f"{GIB}"}
    found = available_memory(system(tmp_path, files, group="5:cpu:/docker/1\n4:memory:/docker/1\n"))
    assert found == GIB


def test_where_the_system_does_not_say_there_is_a_worker_a_core(tmp_path: Path) -> None:
    assert available_memory(tmp_path) is None
    assert default_workers(768, available=None, cores=8) == 8


@pytest.mark.parametrize(("gib", "workers"), [(0, 1), (1, 1), (4, 3), (100, 16)])
def test_workers_fit_into_memory_and_are_one_at_least(gib: int, workers: int) -> None:
    found = default_workers(768, available=gib * GIB, cores=16)
    assert found == workers
    assert found == 1 or found * worker_memory(768) <= gib * GIB


def test_a_job_says_what_its_workers_take_and_when_that_may_be_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minshi.batch.memory.available_memory", lambda: 4 * GIB)
    monkeypatch.setattr("minshi.tagger.available_cores", lambda: 16)
    said = _opening(None, 768, is_cluster=False)
    assert said.startswith(f"3 workers on 16 cores, each up to {WORKER_MB + 768:,} MiB ({WORKER_MB}, and what --memory-mb allows")
    assert said.endswith("; 4,096 MiB are free")
    assert _opening(9, 768, is_cluster=False).endswith("4,096 MiB are free, which may not be enough")
    assert _opening(None, 768, is_cluster=True).startswith(f"a worker takes up to {WORKER_MB + 768:,} MiB")
