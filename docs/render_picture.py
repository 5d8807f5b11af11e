"""Render docs/notice.svg, the picture of a tagged notice in README, with the program's own highlighting."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console

from minshi import Tagger
from minshi.bundle import load_bundle
from minshi.pretty import PrettyWriter
from minshi.readers import read

_ROOT = Path(__file__).parent.parent
_COLUMN = 12.2  # width of a column in rich's SVG
_TEXT = re.compile(r'textLength="[\d.]+"([^>]*)>([^<]*)<')


def main() -> None:
    """Tag the first sample notice and write the picture."""
    console = Console(record=True, width=100, file=io.StringIO())
    write = PrettyWriter(console, load_bundle().labels)
    for doc in read(str(_ROOT / "data" / "samples" / "低保公示.txt")):
        if isinstance(doc, Exception):
            raise doc
        tagged = Tagger.load().tag(doc)
        write(type(tagged)("低保公示.txt", tagged.text, tagged.spans))
    svg = console.export_svg(title="minshi tag 低保公示.txt", unique_id="notice")
    (_ROOT / "docs" / "notice.svg").write_text(_TEXT.sub(_with_true_width, svg), encoding="utf-8")


def _with_true_width(match: re.Match[str]) -> str:
    """Count Han characters as two columns: rich places them so, but squeezes their text into one column each."""
    attributes, text = match.groups()
    return f'textLength="{cell_len(html.unescape(text)) * _COLUMN:.1f}"{attributes}>{text}<'


if __name__ == "__main__":
    main()
