"""The formats that are read: for each its reader, and what tells its files from others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files. ZIP and OLE files and PDF, which need a closer look, are told apart in sniff.py.

    Attributes:
        reader: `module:function`, imported when the first such file is read.
        suffixes: in lower case, of files whose first bytes do not tell what they are.
        magic: first bytes of the others.
        takes_options: the reader takes `Options` after file and name.
    """

    reader: str
    suffixes: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    takes_options: bool = False


FORMATS = {
    "text": Format("minshi.readers.text:read_text"),
    "jsonl": Format("minshi.readers.jsonl:read_jsonl", suffixes=(".jsonl", ".ndjson"), takes_options=True),
    "json": Format("minshi.readers.json:read_json", suffixes=(".json",), takes_options=True),
    "csv": Format("minshi.readers.csv:read_csv", suffixes=(".csv", ".tsv", ".tab")),
    "html": Format("minshi.readers.html:read_html", suffixes=(".html", ".htm", ".xhtml", ".shtml")),
    "sheets": Format("minshi.readers.sheets:read_sheets"),
    "docx": Format("minshi.readers.docx:read_docx"),
    "pdf": Format("minshi.readers.pdf:read_pdf"),
    "zip": Format("minshi.readers.containers:read_zip", takes_options=True),
    "gz": Format("minshi.readers.containers:read_gzip", magic=(b"\x1f\x8b",), takes_options=True),
    "office": Format("minshi.readers.containers:read_office", magic=(b"{\\rtf",)),
}
