"""A column of a table agrees with itself: what its header names, or most of its cells are, its other cells are too.

The model sees a cell with its header and a few rows around; whether a column holds names shows in all of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from minshi.types import Anchor, Document, Span

HEADERS = "headers"  # Document.meta: the header of every column, "" where it has none
COLUMNS = "columns"  # Document.meta: the column of every anchor
NO_COLUMN = -1  # the column of an anchor that stands in no table row, as a title does

_SCORE = 0.9
_MIN_CELLS, _MIN_SHARE = 5, 0.8  # of a column without a telling header, to be taken for one kind
_NAME_HEADER = re.compile(
    r"(?:户主|申请人|患者|病人|学生|家长|监护人|当事人|持证人|领取人|参保人|死者|家属|成员|家庭成员|救助对象|残疾人|老人|儿童|职工|投诉人|被执行人|本人|承包方)?"
    r"(?:的)?(?:姓名|名字)|户主|申请人|患者|监护人|当事人|被执行人|承租人|产权人"
)
_ADDRESS_HEADER = re.compile(
    r"(?:家庭|现|户籍|居住|详细|常住|家庭详细|户籍所在地)?(?:住址|住所|地址)|家庭住所|居住地|户籍地|户籍所在地|户口所在地|现居住地"
)
_NAME = re.compile(
    r"(?!.*(?:合计|小计|总计|共计|姓名|性别|以下|空白|同上|不详|暂缺|空缺|待定|无|村|镇|县|组|户|人|局|校|部|处|站|公司))[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{2,8}[·•][\u4e00-\u9fff·•]{2,12}"
)
_ADDRESS = re.compile(
    r"(?=.*[\u4e00-\u9fff])(?!.*(?:合计|小计|同上|不详|单位|公司|学校|医院|政府|居委会|村委会)).*(?:[村组队屯寨湾庄社弄巷路街镇乡号室栋幢]|小区|单元|社区|花园|公寓).{0,12}"
)
_OF_OFFICES = re.compile(r"(?:企业|单位|机构|公司|学校|医院|药店|商户|门店|网点|场所|站点)(?:名称)?|(?:名称)")
_KINDS = {"NAME": (_NAME_HEADER, _NAME), "ADDRESS": (_ADDRESS_HEADER, _ADDRESS)}
_NOTE = re.compile(r"[（(].*?[）)]|[：:*\s]")


def agree(doc: Document, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans of a table document, with whole cells marked in columns of names and of addresses.

    A column is of a kind if its header says so, or if most of its cells are marked as that whole. A cell is marked only if it
    reads like one of the kind, and what the model said of parts of it gives way.
    Addresses in a table of firms are nobody's. Documents without columns keep their spans.
    """
    found = tuple(spans)
    columns: Sequence[int] = doc.meta.get(COLUMNS, ())
    if not columns:
        return found
    inside = _spans_by_anchor(doc.anchors, found)
    of_offices = _is_of_offices(doc.meta)
    cells = defaultdict(list)
    for index, column in enumerate(columns):
        if column != NO_COLUMN:
            cells[column].append(index)
    for column, indices in cells.items():
        header = _header(doc.meta, column)
        for label, (names_kind, reads_like) in _KINDS.items():
            is_named = names_kind.fullmatch(header) and not (of_offices and label == "ADDRESS")
            if is_named or _is_mostly(label, [(doc.anchors[at], inside[at]) for at in indices]):
                for at in indices:
                    inside[at] = _whole(doc, doc.anchors[at], label, reads_like, inside[at], header)
    return tuple(span for spans in inside for span in spans)


def _header(meta: Mapping[str, Sequence[str]], column: int) -> str:
    headers = meta.get(HEADERS, ())
    return _NOTE.sub("", headers[column]) if column < len(headers) else ""


def _is_of_offices(meta: Mapping[str, Sequence[str]]) -> bool:
    """Tell a table of offices and firms, whose addresses are nobody's: a column names them, and none names people."""
    names = [_NOTE.sub("", header) for header in meta.get(HEADERS, ())]
    return any(map(_OF_OFFICES.fullmatch, names)) and not any(map(_NAME_HEADER.fullmatch, names))


def _spans_by_anchor(anchors: Sequence[Anchor], spans: Sequence[Span]) -> list[list[Span]]:
    inside: list[list[Span]] = [[] for _ in anchors]
    at = 0
    for span in spans:
        while at < len(anchors) and anchors[at].end <= span.start:
            at += 1
        if at < len(anchors):
            inside[at].append(span)
    return inside


def _is_mostly(label: str, cells: Sequence[tuple[Anchor, Sequence[Span]]]) -> bool:
    whole = sum(
        any((span.start, span.end, span.label) == (cell.start, cell.end, label) for span in spans) for cell, spans in cells
    )
    return len(cells) >= _MIN_CELLS and whole >= _MIN_SHARE * len(cells)


def _whole(doc: Document, cell: Anchor, label: str, reads_like: re.Pattern[str], spans: list[Span], header: str) -> list[Span]:
    text = doc.text[cell.start : cell.end]
    start = cell.start + len(text) - len(text.lstrip())
    end = cell.start + len(text.rstrip())
    if any(span.by != "model" for span in spans) or not reads_like.fullmatch(doc.text[start:end]):
        return spans
    if len(spans) == 1 and (spans[0].start, spans[0].end, spans[0].label) == (start, end, label):
        return spans
    return [Span(start, end, label, _SCORE, f"column:{header}" if header else "column")]
