"""What the examples need of this machine; where it is not there, a test says so and is skipped."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("Chromium is not installed")
    return found


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder that holds node_modules with playwright-core, which npm installs if it has to."""
    folder = ROOT / "examples" / "javascript"
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("Node.js and npm are not installed")
    done = subprocess.run(
        ["make", "examples/javascript/node_modules"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        pytest.skip(f"npm could not install the examples: {done.stderr.strip().splitlines()[-1:]}")
    return folder
