"""Render docs/notice.svg, the picture of a tagged notice in README, with the program's own highlighting."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from minshi import Tagger
from minshi.bundle import load_bundle
from minshi.pretty import PrettyWriter
from minshi.readers import read

_ROOT = Path(__file__).parent.parent


def main() -> None:
    """Tag the first sample notice and write the picture."""
    console = Console(record=True, width=100, file=io.StringIO())
    write = PrettyWriter(console, load_bundle().labels)
    for doc in read(str(_ROOT / "data" / "samples" / "低保公示.txt")):
        if isinstance(doc, Exception):
            raise doc
        tagged = Tagger.load().tag(doc)
        write(type(tagged)("低保公示.txt", tagged.text, tagged.spans))
    console.save_svg(str(_ROOT / "docs" / "notice.svg"), title="minshi tag 低保公示.txt")


if __name__ == "__main__":
    main()
