"""A column of a table agrees with itself: what its header names, or most of its cells are, its other cells are too.

The model sees a cell with its header and a few rows around; whether a column holds names shows in all of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from minshi.types import Anchor, Document, Span

HEADERS = "headers"  # Document.meta: the header of every column, "" where it has none
COLUMNS = "columns"  # Document.meta: the column of every anchor
NO_COLUMN = -1  # the column of an anchor that stands in no table row, as a title does

_SCORE = 0.9
_MIN_CELLS, _MIN_SHARE = 5, 0.8  # of a column without a telling header, to be taken for one kind
# As systems call columns by the initials of their pinyin: whose the name is (hzxm, 户主姓名), and whole headers of addresses.
PERSON_INITIALS = "hz|sqr|br|xs|jz|jhr|jtcy|cy|cbr|lqr|cjr"
ADDRESS_INITIALS = "(?:jt|hj|xx|cz)?dz|(?:jt|x)?zz|xjzd|jzd|hjd|hkszd"
_NAME_HEADER = re.compile(
    r"(?:户主|申请人|患者|病人|学生|家长|监护人|当事人|持证人|领取人|参保人|死者|家属|成员|家庭成员|救助对象|残疾人|老人|儿童|职工|投诉人|被执行人|本人|承包方)?"
    r"(?:的)?(?:姓名|名字)|户主|申请人|患者|监护人|当事人|被执行人|承租人|产权人|"
    # as systems export them: in English, in pinyin and in its initials
    r"(?:full|real|legal|chinese|householder|applicant|patient|student|pupil|parent|guardian|cardholder|recipient|beneficiary|insured|"
    r"deceased|(?:family)?[_-]?member|child|employee|staff|person|resident)(?:['’]?s)?[_-]?name|householder|applicant|patient|guardian|tenant|"
    r"(?:huzhu|shenqingren|huanzhe|bingren|xuesheng|jiazhang|jianhuren|chengyuan|canjiren)?[_-]?xingming|huzhu|shenqingren|huanzhe|"
    rf"(?:{PERSON_INITIALS})[_-]?xm",
    re.IGNORECASE,
)
_MAYBE_NAME = re.compile(r"name|xm", re.IGNORECASE)  # of anything, and 项目 too: of people beside a column that people have
_OF_PEOPLE = re.compile(
    r"sex|gender|age|dob|birth(?:[_-]?(?:day|date))?|date[_-]?of[_-]?birth|id[_-]?card(?:[_-]?(?:no\.?|number))?|(?:mobile|phone)(?:[_-]?(?:no\.?|number))?|"
    r"disability|diagnosis|religion|ethnicity|nationality|marital[_-]?status|xb|xingbie|nl|nianling|csrq|sfzh|sfzhm|lxdh|sjh|sjhm|mz|minzu|hyzk|"
    r"zjxy|cjlb|cjdj",
    re.IGNORECASE,
)
_ADDRESS_HEADER = re.compile(
    r"(?:家庭|现|户籍|居住|详细|常住|家庭详细|户籍所在地)?(?:住址|住所|地址)|家庭住所|居住地|户籍地|户籍所在地|户口所在地|现居住地|"
    r"(?:(?:full|home|family|residential|residence|household|current|present|permanent|detailed)[_-]?)?address|residence|domicile|place[_-]?of[_-]?residence|"
    r"(?:jiating|huji|xian|juzhu|xiangxi)?[_-]?(?:zhuzhi|dizhi)|(?:xian)?[_-]?juzhudi|hujidi|"
    rf"{ADDRESS_INITIALS}",
    re.IGNORECASE,
)
_NAME = re.compile(  # no total, no place or office, no header
    r"(?!.*(?:合计|小计|总计|共计|姓名|性别|以下|空白|同上|不详|暂缺|空缺|待定|无|某|村|镇|县|组|户|人|局|校|部|处|站|公司))"
    r"(?!.*(?:日期|年月|生日|号|号码|电话|手机|微信|邮箱|地址|住址|籍贯|民族|学历|职业|年龄|备注|证件|身份证|状况|关系)$)"
    r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{2,8}[·•][\u4e00-\u9fff·•]{2,12}"
)
_ADDRESS = re.compile(
    r"(?=.*[\u4e00-\u9fff])(?!.*(?:合计|小计|同上|不详|单位|公司|学校|医院|政府|居委会|村委会)).*(?:[村组队屯寨湾庄社弄巷路街镇乡号室栋幢]|小区|单元|社区|花园|公寓).{0,12}"
)
_OF_OFFICES = re.compile(
    r"(?:企业|单位|机构|公司|学校|医院|药店|商户|门店|网点|场所|站点)(?:名称)?|(?:名称)|"
    r"(?:company|firm|enterprise|organi[sz]ation|institution|office|agency|school|hospital|pharmacy|merchant|supplier|vendor|shop|store|branch)"
    r"(?:[_-]?name)?|(?:qy|dw|jg|gs|xx|yy|yd|md|sh)?mc",
    re.IGNORECASE,
)
_KINDS = {"NAME": _NAME, "ADDRESS": _ADDRESS}
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
    bounds = [_bounds(doc, anchor) for anchor in doc.anchors]
    headers = [_NOTE.sub("", header) for header in doc.meta.get(HEADERS, ())]
    kinds = _kinds(headers)
    cells = defaultdict(list)
    for index, column in enumerate(columns):
        if column != NO_COLUMN:
            cells[column].append(index)
    for column, indices in cells.items():
        header, kind = (headers[column], kinds[column]) if column < len(headers) else ("", "")
        for label, reads_like in _KINDS.items():
            if label == kind or _is_mostly(label, [(bounds[at], inside[at]) for at in indices]):
                for at in indices:
                    inside[at] = _whole(doc, bounds[at], label, reads_like, inside[at], header)
    return tuple(span for spans in inside for span in spans)


def _kinds(headers: Sequence[str]) -> list[str]:
    """Return the label that each header says its cells have, "" for none.

    In a table of offices and firms addresses are nobody's: a column names them, and none names people.
    """
    is_of_people = any(_OF_PEOPLE.fullmatch(header) or _ADDRESS_HEADER.fullmatch(header) for header in headers)
    names = [bool(_NAME_HEADER.fullmatch(each) or (is_of_people and _MAYBE_NAME.fullmatch(each))) for each in headers]
    of_offices = any(map(_OF_OFFICES.fullmatch, headers)) and not any(names)
    return [
        "NAME" if is_name else "ADDRESS" if _ADDRESS_HEADER.fullmatch(header) and not of_offices else ""
        for header, is_name in zip(headers, names, strict=True)
    ]


def _spans_by_anchor(anchors: Sequence[Anchor], spans: Sequence[Span]) -> list[list[Span]]:
    inside: list[list[Span]] = [[] for _ in anchors]
    at = 0
    for span in spans:
        while at < len(anchors) and anchors[at].end <= span.start:
            at += 1
        if at < len(anchors):
            inside[at].append(span)
    return inside


def _bounds(doc: Document, cell: Anchor) -> tuple[int, int]:
    """Return where a cell's text begins and ends, without white space around it."""
    text = doc.text[cell.start : cell.end]
    return cell.end - len(text.lstrip()), cell.start + len(text.rstrip())


def _is_mostly(label: str, cells: Sequence[tuple[tuple[int, int], Sequence[Span]]]) -> bool:
    whole = sum(any((span.start, span.end, span.label) == (*bounds, label) for span in spans) for bounds, spans in cells)
    return len(cells) >= _MIN_CELLS and whole >= _MIN_SHARE * len(cells)


def _whole(
    doc: Document, bounds: tuple[int, int], label: str, reads_like: re.Pattern[str], spans: list[Span], header: str
) -> list[Span]:
    start, end = bounds
    if any(span.by != "model" for span in spans) or not reads_like.fullmatch(doc.text[start:end]):
        return spans
    if len(spans) == 1 and (spans[0].start, spans[0].end, spans[0].label) == (start, end, label):
        return spans
    return [Span(start, end, label, _SCORE, f"column:{header}" if header else "column")]
