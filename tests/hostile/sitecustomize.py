"""On the PYTHONPATH of a `minshi redact`, this makes some Markdown files hostile to the process that opens them.

What a file called hang.md does no real one may do in the next release of a parser; processes that are spawned get it too.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from minshi.errors import InputError
from minshi.redact import copy
from minshi.redact.source import Source
from minshi.redact.text import open_text
from minshi.types import Document


def open_hostile(data: bytes, name: str) -> Source:
    """Open a text file as `redact.text` does, unless its name says what to do instead."""
    what = Path(name).stem
    if what == "hang":
        time.sleep(600)
    if what == "eat":
        return open_text(b"".join(b" " * (16 << 20) for _ in range(64)), name)  # 2 GiB
    if what == "exit":
        os._exit(0)
    if what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    source = open_text(data, name)
    return replace(source, documents=slowly(source.documents)) if what == "slow" else source


def slowly(documents: Iterable[Document | InputError]) -> Iterator[Document | InputError]:
    """Yield documents after some empty ones, which together take longer than the 4 s that the tests allow for silence."""
    for _ in range(3):
        time.sleep(1.5)
        yield Document("", "")
    yield from documents


copy.FORMATS["text"] = f"{__name__}:open_hostile"
