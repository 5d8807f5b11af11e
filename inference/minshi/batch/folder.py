"""What a job's folder is known by: the files of its plan."""

from __future__ import annotations

import os
from pathlib import Path

PLAN, FILES, CHUNKS = "plan.json", "files.jsonl", "chunks.jsonl"


def is_job(folder: Path) -> bool:
    """Tell whether `folder` holds a job: what is in it was written by one, and is no part of a dump."""
    return all(os.path.isfile(folder / name) for name in (PLAN, FILES, CHUNKS))  # False where the system does not let us look
