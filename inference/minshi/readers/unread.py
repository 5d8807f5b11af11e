"""What stands inside an Office file and is not read: of each kind it is said how many there are, so that the file does not pass
for read as a whole.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from minshi.errors import InputError

EMBEDDED, CHARTS, PIVOT = "/embeddings/", "/charts/", "/pivot"  # stand in the names of their parts
UNREAD = (
    (rf".+{EMBEDDED}[^/]+", "embedded files ({:,}) are not read; save each as a file of its own"),
    # Of the charts of a workbook the titles are read, and what they show stands in its cells.
    (rf"(?!xl/).+{CHARTS}chart[^/]*\.xml", "charts ({:,}) are not read; look at what they show"),
    (
        rf".+{PIVOT}Cache/pivotCacheDefinition[^/]*",
        "the data that pivot tables keep ({:,}) are not read; delete these tables, or look at where their data come from",
    ),
)


def unread(archive: zipfile.ZipFile, name: str) -> Iterator[InputError]:
    """Yield an error for each kind of thing in an Office file that is not read."""
    entries = set(archive.namelist())
    for pattern, reason in UNREAD:
        is_one = re.compile(pattern, re.IGNORECASE).fullmatch
        if count := sum(map(bool, map(is_one, entries))):
            yield InputError(f"{name}: {reason.format(count)}")
