"""Rows of cells to Documents that read `表头：值；表头：值`, a row a line: a cell means little without its header.

Only cells are anchored; headers are context. Rows stream: a table of a million rows is never held whole and comes in parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeAlias

from minshi.columns import COLUMNS, HEADERS, NO_COLUMN
from minshi.readers.rows import row_text
from minshi.types import Anchor, Document

_PART_CHARS = 4_000  # of a Document: some ten windows, so that few rows are read twice
_HEAD_ROWS = 12  # rows, blank ones not counted, among which a header is looked for
_MAX_HEADER_CHARS = 16
# What a header cell ends with, beside an explanation in brackets. Written for Chinese notices and forms.
_HEADER_ENDS = (
    "姓名|名字|曾用名|法名|俗名|户主|申请人|当事人|患者|监护人|联系人|负责人|经办人|成员|性别|年龄|民族|籍贯|国籍|学历|职业|职务|职称|单位|部门|岗位|班级|学校|专业|"
    "身份证|证号|号码|证件|编号|编码|序号|学号|工号|账号|帐号|卡号|电话|手机|联系方式|邮箱|微信|地址|住址|住所|居住地|户籍|户籍地|户口所在地|"
    "乡镇|街道|社区|村|村组|组别|村民小组|小区|楼栋|房号|日期|时间|年月|生日|状况|情况|类别|类型|种类|等级|级别|程度|原因|事由|理由|关系|备注|说明|"
    "病种|疾病|病史|病情|诊断|症状|残疾|用药|过敏史|婚姻|婚否|家庭|人口|人数|户数|信仰|宗教|政治面貌|健康|金额|标准|收入|面积|数量|合计|结果|意见|"
    "名称|内容|项目|批次|年度|年级|成绩|分数|排名|等次|帮扶人|银行|开户行|签名|签字|盖章|措施|待遇|补贴|补助|救助|低保|是否.{1,8}|行政区划|所在.{1,4}"
)
_HEADER = re.compile(rf"(?:.{{0,10}}(?:{_HEADER_ENDS})|序|No\.?|ID)(?:\s*[（(][^（）()]{{0,12}}[）)])?[：:*]?", re.IGNORECASE)
_VALUE = re.compile(r"\d{2}|[，。；！？]")  # what no header has
_COLUMN = re.compile(r"col=\d+$")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a cell and its place in the source."""

    text: str
    place: str


Row: TypeAlias = Sequence[Cell]


def table_documents(rows: Iterable[Row], name: str, *, name_fields: bool = False) -> Iterator[Document]:
    """Yield the rows of a table, under their headers, as Documents of a few thousand characters each.

    What stands above the header row is text of its own, and so is a header row that may be none. One that a page break repeats
    is left out. Ids are
    `name`, then `name#2`, `name#3` …; `meta` holds HEADERS, and COLUMNS for every anchor. With `name_fields` a place that
    ends with the number of a column, `col=3`, ends with its header instead, `field=住址`.
    """
    source = (row for row in rows if any(cell.text.strip() for cell in row))
    head = list(islice(source, _HEAD_ROWS))
    at, height = find_header(head)
    headers = _headers(head[at : at + height])
    repeated = {_key(row) for row in head[at : at + height]}
    body = (row for row in chain(head[at + height :], source) if _key(row) not in repeated)
    lines: Iterable[_Line]
    if not height:
        lines = map(_pairs_line, chain(head, source))
    else:
        rows = (_with_fields(headers, row) for row in body) if name_fields else body
        above = head[:at] if _looks_like_header(head[at]) else head[: at + height]
        lines = chain(map(_bare_line, above), (_line(headers, row) for row in rows))
    yield from _documents(lines, headers, name)


def find_header(head: Sequence[Row]) -> tuple[int, int]:
    """Return where the header starts among the first rows of a table, and how many rows it has: 0 where there is none.

    A row above one of a form is of the form too, though fields left empty make it look like a header.
    """
    for at, row in enumerate(head):
        below = head[at + 1] if at + 1 < len(head) else ()
        if _looks_like_header(row) and not _alternates(below):
            return at, 2 if _continues_header(row, below) else 1
        if _stands_above(row, head[at + 1 :]):
            return at, 1
    return 0, 0


def header_name(text: str) -> str:
    """Return a header without white space, brackets and marks.

    >>> header_name("家庭 住址（必填）*")
    '家庭住址'
    """
    return re.sub(r"[（(].*?[）)]|[：:*]", "", _SPACE.sub("", text))


def is_header(text: str) -> bool:
    """Tell whether a cell reads like the header of a column.

    >>> [is_header(text) for text in ("家庭住址", "残疾等级（级）", "溪口村3组", "13900001234")]
    [True, True, False, False]
    """
    bare = _SPACE.sub("", text)
    return len(header_name(text)) <= _MAX_HEADER_CHARS and _HEADER.fullmatch(bare) is not None


def _looks_like_header(row: Row) -> bool:
    filled = [cell.text for cell in row if cell.text.strip()]
    known = sum(is_header(text) for text in filled)
    is_most = 2 * known > len(filled) if known < 3 else 2 * known >= len(filled)
    return known >= 2 and is_most and not _alternates(row)


def _stands_above(row: Row, below: Sequence[Row]) -> bool:
    """Tell a header row whose words are mostly unknown: short, different, without values, above rows that have some."""
    words = _filled(row)
    known = sum(map(is_header, words.values()))
    if len(words) < 3 or not known or len(set(words.values())) < len(words):
        return False
    if any(len(header_name(word)) > _MAX_HEADER_CHARS or _VALUE.search(word) for word in words.values()) or _alternates(row):
        return False
    rows = [cells for cells in map(_filled, below) if 2 * len(cells.keys() & words.keys()) >= len(words)]
    if len(rows) < 2 or all(is_header(next(iter(cells.values()))) for cells in rows):  # of a form, rows begin with headers too
        return False
    numeric = any(2 * sum(bool(_VALUE.search(cells.get(column, ""))) for cells in rows) >= len(rows) for column in words)
    return numeric or 3 * known >= len(words)


def _filled(row: Row) -> dict[int, str]:
    return {column: cell.text.strip() for column, cell in enumerate(row) if cell.text.strip()}


def _alternates(row: Row) -> bool:
    """Tell a row of a form, `姓名 | 张三 | 性别 | 男`, from a header row."""
    filled = [cell.text for cell in row if cell.text.strip()]
    return len(filled) >= 2 and all(is_header(text) for text in filled[::2]) and not any(is_header(text) for text in filled[1::2])


def _continues_header(row: Row, below: Row) -> bool:
    """Tell whether the next row splits headers of this one, as 家庭成员 into 姓名 and 关系."""
    filled = [(column, cell.text) for column, cell in enumerate(below) if cell.text.strip()]
    known = sum(is_header(text) for _, text in filled)
    if len(filled) < 2 or 2 * known < len(filled) or any(_VALUE.search(text) for _, text in filled):
        return False
    above = [row[column].text.strip() if column < len(row) else "" for column, _ in filled]
    if known < len(filled):  # words that are no known headers count where they stand under a header that spans columns
        return known >= 2 and "" in above
    return len({*above, ""}) <= len(filled)


def _headers(rows: Sequence[Row]) -> tuple[str, ...]:
    if not rows:
        return ()
    width = max(map(len, rows))
    upper = [_SPACE.sub("", rows[0][column].text) if column < len(rows[0]) else "" for column in range(width)]
    if len(rows) == 1:
        return tuple(upper)
    lower = [_SPACE.sub("", rows[1][column].text) if column < len(rows[1]) else "" for column in range(width)]
    headers: list[str] = []
    parent = ""
    for above, below in zip(upper, lower, strict=True):
        parent = above or (parent if below else "")  # a merged cell has its text in the first of its columns
        headers.append(below if below.startswith(parent) or parent == below else parent + below)
    return tuple(headers)


_Line: TypeAlias = tuple[str, list[tuple[int, int, int, str]]]  # text, and (column, start, end, place) of its cells


def _line(headers: Sequence[str], row: Row) -> _Line:
    width = max(len(headers), len(row))
    heads = [*headers, *[""] * (width - len(headers))]
    return _placed(row, *row_text(heads, [*(_clean(cell.text) for cell in row), *[""] * (width - len(row))]))


def _with_fields(headers: Sequence[str], row: Row) -> Row:
    return [
        Cell(cell.text, _COLUMN.sub(f"field={headers[column]}", cell.place))
        if column < len(headers) and headers.count(headers[column]) == 1 and headers[column]
        else cell
        for column, cell in enumerate(row)
    ]


def _pairs_line(row: Row) -> _Line:
    """A row without headers; of a form its odd cells are the headers of the even ones."""
    if not _alternates(row):
        return _placed(row, *row_text([""] * len(row), [_clean(cell.text) for cell in row]))
    filled = [column for column, cell in enumerate(row) if cell.text.strip()]
    heads, values = [""] * len(row), [""] * len(row)
    for header, value in zip(filled[::2], filled[1::2], strict=False):
        heads[value], values[value] = header_name(row[header].text), _clean(row[value].text)
    return _placed(row, *row_text(heads, values))


def _bare_line(row: Row) -> _Line:
    text, cells = _placed(row, *row_text([""] * len(row), [_clean(cell.text) for cell in row]))
    return text, [(NO_COLUMN, start, end, place) for _, start, end, place in cells]


def _placed(row: Row, text: str, cells: list[tuple[int, int, int]]) -> _Line:
    return text, [(column, start, end, row[column].place) for column, start, end in cells]


def _clean(text: str) -> str:
    """Line breaks inside a cell become spaces of the same length, so that a row stays a line and offsets stay true."""
    return "" if not text.strip() else text.replace("\n", " ").replace("\r", " ").replace("\v", " ")


def _key(row: Row) -> tuple[str, ...]:
    return tuple(_SPACE.sub("", cell.text) for cell in row)


def _documents(lines: Iterable[_Line], headers: Sequence[str], name: str) -> Iterator[Document]:
    texts: list[str] = []
    anchors: list[Anchor] = []
    columns: list[int] = []
    length, number = 0, 1

    def document() -> Document:
        meta = {HEADERS: tuple(headers), COLUMNS: tuple(columns)}
        return Document(name if number == 1 else f"{name}#{number}", "\n".join(texts), anchors=tuple(anchors), meta=meta)

    for text, cells in lines:
        if not cells:
            continue
        if texts and length + len(text) > _PART_CHARS:
            yield document()
            texts, anchors, columns, length, number = [], [], [], 0, number + 1
        anchors += [Anchor(length + start, length + end, place) for _, start, end, place in cells]
        columns += [column for column, *_ in cells]
        texts.append(text)
        length += len(text) + 1
    if texts:
        yield document()
