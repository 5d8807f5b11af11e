"""Which rows of a table are its header, and what its columns are called. Works on the texts of cells, row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from minshi.columns import ADDRESS_INITIALS, PERSON_INITIALS
from minshi.readers.said_values import is_of_one_person, is_said_value

HEAD_ROWS = 12  # rows, blank ones not counted, among which a header is looked for
_MAX_HEADER_CHARS = 16
_SIDEWAYS_CELLS = 3  # of a row: with two it is a field of a form and its value
_MAX_LEVELS = 3  # rows of a header
# What a header cell ends with, beside an explanation in brackets. Written for Chinese notices and forms.
_HEADER_ENDS = (
    "姓名|名字|曾用名|法名|俗名|户主|申请人|当事人|患者|监护人|联系人|负责人|经办人|成员|性别|年龄|民族|籍贯|国籍|学历|职业|职务|职称|单位|部门|岗位|班级|专业|"
    "身份证|证号|号码|证件|编号|编码|序号|学号|工号|账号|帐号|卡号|电话|手机|联系方式|邮箱|微信|地址|住址|住所|居住地|户籍|户籍地|户口所在地|"
    "传真|座机|固话|邮编|微信号|QQ|QQ号|护照号|车牌号|"
    "乡镇|村组|组别|楼栋|房号|日期|时间|年月|生日|状况|情况|类别|类型|种类|等级|级别|程度|原因|事由|理由|关系|备注|说明|"
    "病种|病名|疾病|病史|病情|诊断|症状|残疾|用药|过敏史|婚姻|婚否|家庭|人口|人数|户数|信仰|宗教|政治面貌|健康|金额|标准|收入|面积|数量|合计|结果|意见|"
    "名称|内容|项目|批次|年度|年级|成绩|分数|排名|等次|帮扶人|银行|开户行|签名|签字|盖章|措施|待遇|补贴|补助|救助|低保|是否.{1,8}|行政区划|所在.{1,4}"
)
# These end names of places too, so little may stand before them: 溪口村 is no header.
_PLACES = "(?:所在|所属|行政|自然|居住|户籍|就读|毕业|原|现|乡|镇|村|街道|社区|[、/或及和])*(?:街道|社区|村|村民小组|小区|学校)"
_ENGLISH = (
    "(?:full|first|last|given|family|real|legal|patient|student|applicant|guardian|parent|employee|householder|member|contact)?(?:['’]?s)?name|"
    "householder|applicant|patient|guardian|(?:full|home|family|current|permanent|residential|postal|mailing|e-?mail)?-?address|residence|"
    "e-?mail|sex|gender|age|dob|birth(?:day|date)|dateofbirth|(?:mobile|cell|home|tele)?phone(?:number|no\\.?)?|mobile|tel\\.?|marital-?status|"
    "wechat(?:id)?|fax|(?:post(?:al)?|zip)-?code|diagnos[ie]s|disease|illness|disability(?:level|grade|type)?|medication|allergies|religion|"
    "nationality|ethnicity|occupation|education|village|remarks?|notes?|id(?:card)?(?:number|no\\.?)?|passport(?:number|no\\.?)?|bankaccount"
)
# What systems call their columns in pinyin and its initials: 性别 is xb, 婚姻状况 hyzk, 残疾等级 cjdj.
_PINYIN = (
    f"(?:{PERSON_INITIALS})?xm|xb|nl|mz|csrq|csnyr?|sfzh|sfzhm|zjhm|zjlx|dh|dhhm|lxdh|lxfs|sjh|sjhm|{ADDRESS_INITIALS}|"
    "hyzk|zjxy|cjlb|cjdj|cjzh|jbmc|zdjg|yhkh|yhzgx|bz|xh|"
    "(?:huzhu|shenqingren|huanzhe|xuesheng|jiazhang|jianhuren|chengyuan)?xingming|huzhu|shenqingren|huanzhe|xingbie|nianling|minzu|shenfenzheng(?:hao)?|"
    "dianhua|shouji(?:hao)?|(?:jiating|huji|xian|juzhu|xiangxi)?(?:zhuzhi|dizhi)|juzhudi|hujidi|hunyin(?:zhuangkuang)?|zongjiao(?:xinyang)?|canji(?:leibie|dengji)?|"
    "jibing|zhenduan|beizhu|xuhao"
)
_HEADER = re.compile(
    rf"(?:.{{0,10}}(?:{_HEADER_ENDS})|{_PLACES}|序|No\.?|{_ENGLISH}|{_PINYIN})(?:\s*[（(][^（）()]{{0,12}}[）)])?[：:*]?",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\d{2}|[，。；！？]")  # what few headers have
# What cells of people hold as well, 肢体残疾 or 农业银行: alone they tell no header.
_ALSO_VALUES = re.compile(r"(?:残疾|疾病|低保|家庭|健康|银行|补贴|补助|救助|待遇|患者|病史|人口|信仰|合计)$")
# A cell that is a telephone, an identity number, a date or an address of e-mail stands in no header; 2019-2020 may.
_WHOLE_VALUE = re.compile(
    r"(?!(?:19|20)\d\d[-–—~至](?:19|20)\d\d$)"
    r"(?:[+(（]?(?:[\d*][-–—()（）/、,， ]{0,2}){7,}[Xx]?|(?:19|20)\d\d[-/.年]\d\d?[-/.月]\d\d?日?|[^\s@]+@[^\s@]+\.\w+)"
)
_HELD_VALUE = re.compile(r"\d[\d -]{5,}\d|@")
_NOTE = re.compile(r"[（(](.*?)[）)]")
_PLAIN_NOTE = re.compile(r"[^\u4e00-\u9fff]*[\u4e00-\u9fff]?[^\u4e00-\u9fff]*|[必选可]填|万元|周岁")
_SPACE = re.compile(r"\s+")
_SPACE_AT_HAN = re.compile(r"\s+(?![\s\x21-\x7e])|(?<![\s\x21-\x7e])\s+")

Texts: TypeAlias = Sequence[str]


def find_header(head: Sequence[Texts]) -> tuple[int, int]:
    """Return where the header starts among the first rows of a table, and how many rows it has: 0 where there is none.

    A row above one of a form is of the form too, though fields left empty make it look like a header.
    """
    if _is_column(head):
        return 0, 1
    if is_sideways(head):
        return 0, 0
    for at, row in enumerate(head[:-1]):
        below = head[at + 1]
        if looks_like_header(row) and not is_form(below):
            return at, _height(head[at:])
        if _stands_above(row, head[at + 1 :]):
            return at, 1
    return 0, 0


def new_header(row: Texts, below: Iterable[Texts]) -> int:
    """Return how many rows of a header begin here, below rows of a table: 0 where the row is no header row beyond doubt."""
    words = [text.strip() for text in row if text and not text.isspace()]
    if len(words) < 2 or any(map(_VALUE.search, words)) or not is_header(words[0]) or is_form(row):
        return 0
    if 2 * sum(map(_is_telling, words)) < len(words):
        return 0
    rows = [row, *below]
    known = sum(map(is_header, words))
    if len(set(words)) < len(words) or 4 * known < 3 * len(words) or (len(words) < 4 and known < len(words)):
        return 0
    height = _height(rows)
    rest = rows[height:]
    return height if rest and not looks_like_header(rest[0]) and not is_form(rest[0]) else 0


def header_name(text: str) -> str:
    """Return a header without white space, brackets and marks.

    >>> header_name("家庭 住址（必填）*")
    '家庭住址'
    """
    return re.sub(r"[：:*]", "", _NOTE.sub("", squeezed(text)))


def squeezed(text: str) -> str:
    """Return a header on one line, without white space but that between words of English.

    >>> squeezed("家庭\\n住址"), squeezed(" Marital  status ")
    ('家庭住址', 'Marital status')
    """
    return _SPACE.sub(" ", _SPACE_AT_HAN.sub("", text.strip()))


def is_header(text: str) -> bool:
    """Tell whether a cell reads like the header of a column.

    >>> [is_header(text) for text in ("残疾等级（级）", "村（社区）", "jtzz", "溪口村", "初中学历", "13900001234")]
    [True, True, True, False, False, False]
    """
    name = header_name(text)
    if len(name) > _MAX_HEADER_CHARS or is_said_value(name):
        return False
    return _HEADER.fullmatch(_SPACE.sub("", text).replace("_", "")) is not None


def holds_more(text: str) -> bool:
    """Tell a header that holds more than the name of a column, as a telephone number or a note of whom to call.

    >>> [holds_more(text) for text in ("金额（元）", "电话（必填）", "电话（经办人丁一）", "电话13900001234")]
    [False, False, True, True]
    """
    if holds_value(text) or len(header_name(text)) > _MAX_HEADER_CHARS:
        return True
    return not all(_PLAIN_NOTE.fullmatch(note) or is_header(note) for note in _NOTE.findall(text))


def holds_value(text: str) -> bool:
    """Tell whether digits as of a telephone number, or an address of e-mail, stand in a header."""
    return _HELD_VALUE.search(text) is not None


def _is_telling(text: str) -> bool:
    """Tell a header that is hardly a value."""
    return is_header(text) and not _ALSO_VALUES.search(header_name(text))


def filled(row: Texts) -> dict[int, str]:
    """Return the cells of a row that are not blank, by column."""
    return {column: text.strip() for column, text in enumerate(row) if text.strip()}


def looks_like_header(row: Texts) -> bool:
    """Tell whether most cells of a row are words that headers end with, and none is a value."""
    words = filled(row).values()
    known = sum(map(is_header, words))
    is_most = 2 * known > len(words) if known < 3 else 2 * known >= len(words)
    if known < 2 or not is_most or any(map(_WHOLE_VALUE.fullmatch, words)) or is_of_one_person(words):
        return False
    return any(map(_is_telling, words)) and not is_form(row)


def is_form(row: Texts) -> bool:
    """Tell a row of a form, `姓名 | 张三 | 性别 | 男`, from a header row. It may end with a cell more: `照片`."""
    return bool(form_pairs(row))


def form_pairs(row: Texts) -> list[tuple[int, int]]:
    """Return the columns of fields and of their values in a row of a form, nothing where it is none.

    >>> form_pairs(["姓名", "丁一", "性别", "", "民族", "汉族"])
    [(0, 1), (4, 5)]
    """
    cells = filled(row)
    columns = list(cells)
    if len(columns) >= 5 and len(columns) % 2 and not is_header(cells[columns[-1]]):
        columns.pop()
    fields, values = columns[::2], columns[1::2]
    if values and all(is_header(cells[at]) for at in fields) and not any(is_header(cells[at]) for at in values):
        return list(zip(fields, values, strict=False))
    return _pairs_with_blanks(cells)


def _pairs_with_blanks(cells: dict[int, str]) -> list[tuple[int, int]]:
    """Return the pairs of a form that is filled in part: a field in every second column, a value or nothing between."""
    first = min(cells, default=0)
    fields = [at for at in cells if (at - first) % 2 == 0]
    values = [at for at in cells if (at - first) % 2]
    is_form = len(fields) >= 2 and fields == list(range(first, fields[-1] + 1, 2))
    if is_form and all(_is_telling(cells[at]) for at in fields) and not any(is_header(cells[at]) for at in values):
        return [(at - 1, at) for at in values]
    return []


def is_sideways(head: Sequence[Texts]) -> bool:
    """Tell a table whose headers stand in its first column, 姓名 over 出生日期, each with a value of every person beside it.

    >>> is_sideways([["姓名", "丁一", "丁二"], ["出生日期", "1985-03-02", "1960-11-12"]])
    True
    """
    wide = [row for row in head if len(filled(row)) >= _SIDEWAYS_CELLS]
    lines = [list(filled(row).values()) for row in wide]
    if len(wide) < 2 or len({min(filled(row)) for row in wide}) > 1 or any(map(is_form, wide)):
        return False
    known = sum(_is_telling(first) for first, *_ in lines)
    telling = [sum(map(_is_telling, values)) for _, *values in lines]  # a few are values too: 户主 beside 与户主关系
    is_value_row = all(2 * count < len(line) for count, line in zip(telling, lines, strict=True))
    is_column = 4 * known >= 3 * len(lines) and known > 1 and len({first for first, *_ in lines}) == len(lines)
    return is_column and is_value_row and _is_telling(lines[0][0]) and not telling[0]


def _is_column(head: Sequence[Texts]) -> bool:
    """Tell a table of one column whose first cell alone is a header."""
    rows = [filled(row) for row in head]
    if len(rows) < 2 or any(len(row) != 1 or row.keys() != rows[0].keys() for row in rows):
        return False
    first, *rest = (text for row in rows for text in row.values())
    return _is_telling(first) and not any(map(is_header, rest))


def _stands_above(row: Texts, below: Sequence[Texts]) -> bool:
    """Tell a header row whose words are mostly unknown: short, different, without values, above rows that have some."""
    words = filled(row)
    known = sum(map(is_header, words.values()))
    if len(words) < 2 or not any(map(_is_telling, words.values())) or len(set(words.values())) < len(words):
        return False
    if any(len(header_name(word)) > _MAX_HEADER_CHARS or _VALUE.search(word) for word in words.values()):
        return False
    if is_of_one_person(words.values()) or any(map(is_said_value, words.values())):
        return False
    rows = [cells for cells in map(filled, below) if 2 * len(cells.keys() & words.keys()) >= len(words)]
    if len(words) == 2:
        return _is_pair_above(words, rows)
    if (
        is_form(row) or len(rows) < 2 or all(is_header(next(iter(cells.values()))) for cells in rows)
    ):  # so do rows of a form begin
        return False
    numeric = any(2 * sum(bool(_VALUE.search(cells.get(column, ""))) for cells in rows) >= len(rows) for column in words)
    return numeric or 3 * known >= len(words)


def _is_pair_above(words: dict[int, str], rows: Sequence[dict[int, str]]) -> bool:
    """Tell a header of two columns, 姓名 and an unknown word, from a field of a form and its value."""
    if not is_header(next(iter(words.values()))) or len(rows) < 2:
        return False
    return all(len(cells) <= 2 and not any(map(is_header, cells.values())) for cells in rows)


def _height(rows: Sequence[Texts]) -> int:
    """Return how many rows the header has that the first of these begins."""
    height = 1
    while height < min(_MAX_LEVELS, len(rows)) and _continues_header(rows[height - 1], rows[height]):
        height += 1
    return height


def _continues_header(row: Texts, below: Texts) -> bool:
    """Tell whether the next row splits headers of this one, as 家庭成员 into 姓名 and 关系."""
    words = filled(below)
    known = sum(map(is_header, words.values()))
    if len(words) < 2 or 2 * known < len(words) or any(map(_VALUE.search, words.values())):
        return False
    above = [row[column].strip() if column < len(row) else "" for column in words]
    if known < len(words):  # words that are no known headers count where they stand under a header that spans columns
        return known >= 2 and "" in above
    return len({*above, ""}) <= len(words)


def column_names(rows: Sequence[Texts], spans: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Return what the columns are called: 家庭成员 over 姓名 is 家庭成员姓名.

    Args:
        rows: the rows of the header.
        spans: for every cell how many columns it covers, 0 where that is not known: then it covers the empty ones beside it
            that have something below.
    """
    width = max(map(len, rows), default=0)
    parents = [("", 0)] * len(rows)  # the header that covers a column in each row, and the column where it ends, 0 if unknown
    names: list[str] = []
    for column in range(width):
        texts = [squeezed(row[column]) if column < len(row) else "" for row in rows]
        for level, text in enumerate(texts):
            is_leaf = not any(texts[level + 1 :])
            if text:
                span = spans[level][column]
                parents[level:] = [(text, column + span if span > 1 else 0), *[("", 0)] * (len(rows) - level - 1)]
            elif is_leaf or 0 < parents[level][1] <= column:
                parents[level] = ("", 0)
        name = ""
        for part, _ in parents:
            name = part if part.startswith(name) else name + part
        names.append(name)
    return tuple(names)
