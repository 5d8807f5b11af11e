"""Characters that addresses and scripts write as escapes: %E5%BC%A0, %u5f20, \\u5f20, \\x41; read, and written the same way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from minshi.redact.source import Edit

HAN = "\u3400-\u9fff\U00020000-\U0003ffff"  # of a set of characters in a pattern
Placed: TypeAlias = tuple[str, int, int]  # a character, and start and end of what stands for it
_RUN = re.compile(
    r"(?P<bytes>(?:%[0-9A-Fa-f]{2})+)|(?P<units>(?:[\\%]u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,5}\}|\\x[0-9A-Fa-f]{2})+)"
)
_UNIT = re.compile(r"[\\%][ux]\{?([0-9A-Fa-f]+)\}?")
_ENCODINGS = ("utf-8", "gb18030")  # of addresses: the second is that of old sites


def placed(text: str) -> Iterator[Placed]:
    """Yield the characters of a text, those behind escapes as what they stand for.

    >>> list(placed("甲%E4%B9%99\\\\u4e19"))
    [('甲', 0, 1), ('乙', 1, 10), ('丙', 10, 16)]
    """
    at = 0
    for run in _RUN.finditer(text):
        yield from _plain(text, at, run.start())
        yield from _in_run(text, run)
        at = run.end()
    yield from _plain(text, at, len(text))


def unescaped(text: str) -> str:
    """Return a text with its escapes read; what a run of them stands for in no encoding stays as it is."""
    return _RUN.sub(lambda run: "".join(char for char, _, _ in _in_run(text, run)), text)


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where escapes stand that touch each other."""
    for run in _RUN.finditer(text):
        yield run.span()


def escaped_like(old: str, new: str) -> str:
    """Return a replacement as the text is written that it replaces, all of it, so that it is read again as one.

    >>> escaped_like("%E5%BC%A0", "张*"), escaped_like("\\\\u5f20", "张*"), escaped_like("张", "张*")
    ('%E5%BC%A0%2A', '\\\\u5f20\\\\u002a', '张*')
    """
    run = _RUN.search(old)
    if run is None:
        return new
    if run["bytes"]:
        return "".join(f"%{byte:02X}" for byte in new.encode(_encoding(_bytes(run["bytes"])) or "utf-8", "surrogatepass"))
    units = new.encode("utf-16-be", "surrogatepass")
    mark = "%u" if run[0].startswith("%") else "\\u"
    return "".join(mark + units[at : at + 2].hex() for at in range(0, len(units), 2))


def escaped_edits(text: str, edits: Iterable[Edit]) -> list[Edit]:
    """Return edits of a text that do to it what `edits` do to what `placed` reads in it.

    >>> escaped_edits("%E5%BC%A0三", [Edit(0, 1, "*")])
    [Edit(start=0, end=9, text='%2A')]
    """
    chars = list(placed(text))
    ranges = ((chars[edit.start][1], chars[edit.end - 1][2], edit.text) for edit in edits)
    return [Edit(start, end, escaped_like(text[start:end], new)) for start, end, new in ranges]


def _plain(text: str, start: int, end: int) -> Iterator[Placed]:
    yield from ((text[at], at, at + 1) for at in range(start, end))


def _in_run(text: str, run: re.Match[str]) -> Iterator[Placed]:
    if run["bytes"]:
        data = _bytes(run["bytes"])
        if encoding := _encoding(data):
            at = run.start()
            for char in data.decode(encoding):
                end = at + 3 * len(char.encode(encoding))
                yield char, at, end
                at = end
            return
    elif (chars := list(_units(run))) and not any("\ud800" <= char <= "\udfff" for char, _, _ in chars):
        yield from chars
        return
    yield from _plain(text, *run.span())


def _units(run: re.Match[str]) -> Iterator[Placed]:
    """Yield the characters of UTF-16 units; two surrogates are one."""
    high, begin = 0, 0
    for unit in _UNIT.finditer(run.string, *run.span()):
        code = int(unit[1], 16)
        if high and 0xDC00 <= code < 0xE000:
            yield chr(0x10000 + ((high - 0xD800) << 10) + code - 0xDC00), begin, unit.end()
            high = 0
            continue
        if high:
            yield chr(high), begin, unit.start()
        high, begin = (code, unit.start()) if 0xD800 <= code < 0xDC00 else (0, unit.start())
        if not high:
            yield chr(code), begin, unit.end()
    if high:
        yield chr(high), begin, run.end()


def _bytes(escapes: str) -> bytes:
    return bytes.fromhex(escapes.replace("%", ""))


def _encoding(data: bytes) -> str | None:
    for encoding in _ENCODINGS:
        try:
            if data.decode(encoding).encode(encoding) == data:
                return encoding
        except UnicodeDecodeError:
            continue
    return None
