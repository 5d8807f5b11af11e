"""Real notices as files of every format that can be redacted, and their texts as parsers that are not minshi's read them."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import docx
import openpyxl
import planted

DATA = Path(__file__).parents[1] / "data"
CAUSES = ("因病", "因残", "因学", "缺劳动力")
IDENTITY_NUMBERS = tuple(map(planted.identity_number, range(len(CAUSES))))


@dataclass(frozen=True)
class Notices:
    """Paragraphs of prose, and a table with its header."""

    prose: Sequence[str]
    table: Sequence[Sequence[str]]


def notices() -> Notices:
    """Return notices from the samples and the annotated data, with identity numbers of nobody."""
    texts = [(DATA / "samples" / name).read_text(encoding="utf-8") for name in ("低保公示.txt", "政策问答.txt")]
    with (DATA / "annotated" / "notices-1.jsonl").open(encoding="utf-8") as lines:
        texts += [doc["text"] for doc in map(json.loads, lines) if doc["id"] in ("t1-087", "t1-131")]
    register = (DATA / "samples" / "残疾人补贴名单.txt").read_text(encoding="utf-8").splitlines()
    header, *rows = [line.split("\t")[1:] for line in register if "\t" in line]
    table = [[*header, "致贫原因", "身份证号"]]
    table += [[*row, *more] for row, more in zip(rows, zip(CAUSES, IDENTITY_NUMBERS, strict=True), strict=True)]
    return Notices([line for text in texts for line in text.splitlines() if line.strip()], table)


# A file of each format, and its texts one by one, in the order in which minshi reads them.


def as_text(source: Notices) -> bytes:
    return "\n".join([*source.prose, "", *map("\t".join, source.table), ""]).encode("gb18030")


def as_markdown(source: Notices) -> bytes:
    table = [f"| {' | '.join(row)} |" for row in (source.table[0], ["---"] * len(source.table[0]), *source.table[1:])]
    return "\n\n".join([f"# {source.prose[0]}", *source.prose[1:], "\n".join(table)]).encode()


def prose_and_cells(data: bytes, encoding: str, mark: str) -> list[str]:
    """Read the text up to the last blank line as one, and the cells of the table below."""
    prose, blank, table = data.decode(encoding).rpartition("\n\n")
    rows = (line.removeprefix("|").removesuffix("|").split(mark) for line in table.splitlines() if not line.startswith("| ---"))
    return [prose + blank, *(cell.strip() for row in rows for cell in row)]


def as_table(source: Notices, delimiter: str) -> bytes:
    """A register with a column for what the house visit saw."""
    shares = [source.prose[at :: len(source.table) - 1] for at in range(len(source.table) - 1)]
    stream = io.StringIO(newline="")
    told = ("情况说明", *map("\n".join, shares))
    csv.writer(stream, delimiter=delimiter).writerows([*row, note] for row, note in zip(source.table, told, strict=True))
    return stream.getvalue().encode("utf-8-sig")


def fields(data: bytes, delimiter: str) -> list[str]:
    """A row is a line to minshi, and so is a field here."""
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    return [field.replace("\n", " ") for row in rows for field in row]


def records(source: Notices) -> list[dict[str, str]]:
    return [dict(zip(source.table[0], row, strict=True)) for row in source.table[1:]]


def as_json(source: Notices) -> bytes:
    return json.dumps({"公示": source.prose, "名单": records(source)}, ensure_ascii=False, indent=2).encode()


def as_json_lines(source: Notices) -> bytes:
    items = [{"id": "1", "text": "\n".join(source.prose)}, *({"id": str(at), **row} for at, row in enumerate(records(source), 2))]
    return "".join(json.dumps(item, ensure_ascii=at % 2 == 0) + "\n" for at, item in enumerate(items)).encode()


def strings(value: object) -> Iterator[str]:
    """Yield keys too, which a copy keeps."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)


def as_page(source: Notices) -> bytes:
    """A page, whose readers close white space up."""
    title, *prose = (html.escape(" ".join(text.split())) for text in source.prose)
    rows = ["".join(f"<td>{html.escape(' '.join(cell.split()))}</td>" for cell in row) for row in source.table]
    paragraphs = "".join(f"<p>{text}</p>\n" for text in prose)
    body = f"<h1>{title}</h1>\n{paragraphs}<table><tr>{'</tr><tr>'.join(rows)}</tr></table>"
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{body}</body></html>'.encode()


class Elements(HTMLParser):
    """Collects the text of headings, paragraphs and cells."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("h1", "p", "td"):
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts and data != "\n":
            self.texts[-1] += data


def elements(data: bytes) -> list[str]:
    parser = Elements()
    parser.feed(data.decode())
    parser.close()
    return parser.texts


def as_workbook(source: Notices) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "公示"
    for text in source.prose:
        book.active.append([text])
    register = book.create_sheet("名单")
    for row in source.table:
        register.append(row)
    return saved(book)


def cells(data: bytes) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [cell.value or "" for sheet in book for row in sheet.iter_rows() for cell in row]


def as_word_file(source: Notices) -> bytes:
    book = docx.Document()
    for text in source.prose:
        paragraph = book.add_paragraph(text[: len(text) // 2])
        paragraph.add_run(text[len(text) // 2 :]).bold = True
    table = book.add_table(len(source.table), len(source.table[0]))
    for row, texts in enumerate(source.table):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    return saved(book)


def blocks(data: bytes) -> list[str]:
    book = docx.Document(io.BytesIO(data))
    found = [paragraph.text for paragraph in book.paragraphs]
    return found + [cell.text for table in book.tables for row in table.rows for cell in row.cells]


def saved(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


FORMATS: dict[str, tuple[Callable[[Notices], bytes], Callable[[bytes], list[str]]]] = {
    "txt": (as_text, lambda data: prose_and_cells(data, "gb18030", "\t")),
    "md": (as_markdown, lambda data: prose_and_cells(data, "utf-8", "|")),
    "csv": (lambda source: as_table(source, ","), lambda data: fields(data, ",")),
    "tsv": (lambda source: as_table(source, "\t"), lambda data: fields(data, "\t")),
    "json": (as_json, lambda data: list(strings(json.loads(data)))),
    "jsonl": (as_json_lines, lambda data: [text for line in data.splitlines() for text in strings(json.loads(line))]),
    "html": (as_page, elements),
    "xlsx": (as_workbook, cells),
    "docx": (as_word_file, blocks),
}
