"""Bytes to text without guessing: byte order mark, strict UTF-8, strict GB18030, strict Big5, else an error.

Almost any bytes of another East Asian encoding pass as GB18030, so what decodes must also look like Chinese text.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import BinaryIO

from minshi.errors import InputError
from minshi.readers import ole
from minshi.readers.plausible import is_simplified, is_traditional

_MARKS = (  # UTF-32 before UTF-16, whose mark it begins with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
BYTE_ORDER_MARKS = tuple(mark for mark, _ in _MARKS)
_MAGIC = (
    (b"PK\x03\x04", "a ZIP archive or Office file"),
    (b"%PDF-", "a PDF"),
    (ole.MAGIC, "an Office 97 file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a gzip archive"),
)
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\b\x1a\x1b")
_MAX_CONTROL_SHARE = 0.01
_SAMPLE = 1 << 20
_LINE_END = re.compile(r"(\r\n|\n|\r(?=[^\n]))")  # a CR at the very end waits for what follows
_MAX_LINE = 10_000_000
_LONGEST_CHARACTER = 4  # bytes, in every encoding here
_MIN_FREQUENT_SHARE = 0.08
_MAX_KANA_SHARE = 0.2  # GB18030 has kana where EUC-JP has them, so Japanese of that encoding betrays itself by them
# The 250 most frequent Han characters of notices and news: over a third of running text.
_FREQUENT = frozenset(
    "的一人年在不日中家有月公生了大上为区发市会行村是国时子和民工学地出动员个业名对三理县镇来保到新元以于下成作自后小关法教经期部安号请院道本"
    "全户我者通能方报务现同要病等分老开用主女事信力定合前高长体心二金多过示进可天场实明查他提电其入社儿医内路水文资住车重记次建证性表与机无第政"
    "级告情间任将山这活化得度系点位加助产里已单收口海外由面及组东们门办展平原局万服就交联被西护说南司两至因所管据回当庭网受意申未应处十北养残起"
    "手居标四费目委特房台更结身美议乡街疾持城计之设都好向件江问岁代正基案亲科看也省调母还题并"
)
_FREQUENT_TRADITIONAL = frozenset(  # the same in traditional characters
    "的一人年在不日中家有月公生了大上為區發市會行村是國時子和民工學地出動員個業名對三理縣鎮來保到新元以於下成作自後小關法教經期部安號請院道本"
    "全戶我者通能方報務現同要病等分老開用主女事信力定合前高長體心二金多過示進可天場實明查他提電其入社兒醫內路水文資住車重記次建證性表與機無第政"
    "級告情間任將山這活化得度系點位加助產里已單收口海外由面及組東們門辦展平原局萬服就交聯被西護說南司兩至因所管據回當庭網受意申未應處十北養殘起"
    "手居標四費目委特房台更結身美議鄉街疾持城計之設都好向件江問歲代正基案親科看也省調母還題並"
)

_CHINESE = {  # EUC-JP text misread as Big5 has up to a ninth of its characters among the frequent ones
    "gb18030": (_FREQUENT, _MIN_FREQUENT_SHARE),
    "big5": (_FREQUENT_TRADITIONAL, 0.2),
}
_IS_LIST = {"gb18030": is_simplified, "big5": is_traditional}


def decode_text(data: bytes, name: str, errors: list[InputError] | None = None) -> str:
    """Return the text of a file's bytes, without its byte order mark; `errors` are those of `text_chunks`.

    Raises:
        InputError: naming `name` and the reason: empty, binary, or in no encoding that is known for certain.
    """
    return "".join(text_chunks(io.BytesIO(data), name, errors))


def text_chunks(file: BinaryIO, name: str, errors: list[InputError] | None = None) -> Iterator[str]:
    """Yield the text of a seekable file in pieces, without its byte order mark; raises InputError as `decode_text` does.

    Args:
        errors: takes what is wrong with a file that ends in the middle of a character, which is left out; raised where None.
    """
    encoding, start = encoding_of(file, name)
    try:
        yield from _decoded(file, encoding, start)
    except UnicodeDecodeError:  # every byte before that was tried
        error = InputError(f"{name}: ends in the middle of a character, which is not read; it may have been cut off")
        if errors is None:
            raise error from None
        errors.append(error)


def text_lines(file: BinaryIO, name: str, errors: list[InputError] | None = None) -> Iterator[str]:
    """Yield the lines of a seekable file with their ends: LF, CRLF, or CR alone; `errors` are those of `text_chunks`.

    Raises:
        InputError: as `decode_text` does, and where a line is longer than any row of a table.
    """
    rest = ""
    for chunk in text_chunks(file, name, errors):
        *lines, rest = _LINE_END.split(rest + chunk)
        yield from map("".join, zip(lines[::2], lines[1::2], strict=True))
        if len(rest) > _MAX_LINE:
            raise InputError(f"{name}: a line of over {_MAX_LINE:,} characters, which no table has")
    if rest:
        yield rest


def encoding_of(file: BinaryIO, name: str) -> tuple[str, int]:
    """Return the encoding of a seekable file, every byte tried, and how long its byte order mark is.

    The end of the file may cut its last character, of UTF-8 or behind a byte order mark; of other encodings that is no sign, as
    UTF-8 in the middle of a file ends so too. Bytes that another encoding has whole are not taken for a cut.

    Raises:
        InputError: as `decode_text` does.
    """
    file.seek(0)
    sample = file.read(_SAMPLE)
    if not sample:
        raise InputError(f"{name}: empty file")
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            if (bad := _first_bad(file, encoding, len(mark))) is not None and not _is_cut(file, encoding, bad):
                raise InputError(f"{name}: its byte order mark says {encoding}, but byte {bad - len(mark)} is not")
            if len(sample) == len(mark):
                raise InputError(f"{name}: empty file")
            return encoding, len(mark)
    if kind := _binary_kind(sample):
        raise InputError(f"{name}: {kind}, not plain text")
    if (bad := _first_bad(file, "utf-8", 0)) is None:
        return "utf-8", 0
    is_cut = _is_cut(file, "utf-8", bad)
    if is_cut and _is_utf8(_begin(file, "utf-8")):
        return "utf-8", 0
    misfit = {encoding: _first_bad(file, encoding, 0) for encoding in _CHINESE}
    if chosen := _plausible({encoding: _begin(file, encoding) for encoding in _CHINESE if misfit[encoding] is None}):
        return chosen, 0
    if is_cut:
        return "utf-8", 0
    if misfit["gb18030"] is not None:
        where = f"neither UTF-8 (byte {bad}) nor GB18030 (byte {misfit['gb18030']})"
        raise InputError(f"{name}: {where}; convert it to UTF-8 first")
    raise InputError(f"{name}: not UTF-8 (byte {bad}), and as GB18030 no plausible Chinese; convert it to UTF-8 first")


def encoded_lines(file: BinaryIO, name: str, *, limit: int) -> Iterator[tuple[bytes, str]]:
    """Yield each line of a seekable file with its end, and its encoding, which bad bytes may not be of: they spoil no other line.

    The encoding is the file's, as `encoding_of` has it, but lines of UTF-8 may stand among those of GB18030 or Big5. A line
    comes in pieces of `limit` bytes, a multiple of four or more than the file has.

    Raises:
        InputError: the file is empty.
    """
    encoding, start = _encoding_of_lines(file, name, limit)
    for line in _byte_lines(file, encoding, start, limit):
        yield line, "utf-8" if encoding in _CHINESE and _is_utf8(_text(line, "utf-8") or "") else encoding


def is_chinese(text: str, encoding: str) -> bool:
    """Tell whether text that decoded as `encoding`, "gb18030" or "big5", is plausible Chinese."""
    sample = text[:_SAMPLE]
    return _IS_LIST[encoding](sample) or _looks_chinese(sample, *_CHINESE[encoding])


def _plausible(texts: Mapping[str, str]) -> str | None:
    """Return the encoding by which text is Chinese, of those by which it decodes; None if it is in none."""
    for encoding, text in texts.items():
        if _IS_LIST[encoding](text):
            return encoding
    return next((encoding for encoding, text in texts.items() if _looks_chinese(text, *_CHINESE[encoding])), None)


def _encoding_of_lines(file: BinaryIO, name: str, limit: int) -> tuple[str, int]:
    file.seek(0)
    head = file.read(len(codecs.BOM_UTF32_LE) + 1)
    encoding, start = next(((encoding, len(mark)) for mark, encoding in _MARKS if head.startswith(mark)), ("", 0))
    if len(head) == start:
        raise InputError(f"{name}: empty file")
    if encoding or _first_bad(file, "utf-8", 0) is None:
        return encoding or "utf-8", start
    lines, size = list[bytes](), 0  # those that are no UTF-8
    for line in _byte_lines(file, "utf-8", 0, limit):
        if _text(line, "utf-8") is None:
            lines.append(line)
            size += len(line)
            if size >= _SAMPLE:
                break
    texts = {}
    for encoding in _CHINESE:
        read = [text for line in lines if (text := _text(line, encoding)) is not None]
        if 2 * len(read) > len(lines):  # few decode by chance
            texts[encoding] = "".join(read)[:_SAMPLE]
    return _plausible(texts) or "utf-8", 0


def _byte_lines(file: BinaryIO, encoding: str, start: int, limit: int) -> Iterator[bytes]:
    """Yield lines with their ends. In UTF-16 a byte 0x0A may be half of another character: 上 is 0x4E0A."""
    end = "\n".encode(encoding)
    file.seek(start)
    line = bytearray()
    while piece := file.readline(limit - len(line)):
        line += piece
        line += file.read(-len(line) % len(end))  # what is left of the character
        if line.endswith(end) or len(line) >= limit:
            yield bytes(line)
            line.clear()
    if line:
        yield bytes(line)


def _is_utf8(text: str) -> bool:
    """Tell what decoded as UTF-8 from GB18030 that happens to decode as such: 联通 gives letters of two bytes."""
    return max(text, default="") >= "\u0800"


def _text(line: bytes, encoding: str) -> str | None:
    with suppress(UnicodeDecodeError):
        return line.decode(encoding)
    return None


def _decoded(file: BinaryIO, encoding: str, start: int) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(start)
    while data := file.read(_SAMPLE):
        if text := decoder.decode(data):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text


def _begin(file: BinaryIO, encoding: str) -> str:
    """Return the first characters of a file whose bytes are of the encoding, but for the last character, which may be cut."""
    file.seek(0)
    return codecs.getincrementaldecoder(encoding)().decode(file.read(_SAMPLE))


def _is_cut(file: BinaryIO, encoding: str, bad: int) -> bool:
    """Tell whether bytes, bad for the encoding, are a character that the end of the file cuts."""
    file.seek(bad)
    rest = file.read(_LONGEST_CHARACTER)
    try:
        return len(rest) < _LONGEST_CHARACTER and not codecs.getincrementaldecoder(encoding)().decode(rest)
    except UnicodeDecodeError:
        return False


def _first_bad(file: BinaryIO, encoding: str, start: int) -> int | None:
    """Return the position of the first byte that is not of the encoding, None where there is none."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(start)
    position = start  # of what the decoder has not taken yet
    while True:
        data = file.read(_SAMPLE)
        try:
            decoder.decode(data, final=not data)
        except UnicodeDecodeError as err:
            return position + err.start
        if not data:
            return None
        position = file.tell() - len(decoder.getstate()[0])


def _binary_kind(data: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    sample = data[:_SAMPLE]
    controls = sum(sample.count(byte) for byte in range(32) if byte not in _TEXT_CONTROLS)
    return "a binary file" if controls > _MAX_CONTROL_SHARE * len(sample) else None


def _looks_chinese(text: str, frequent_chars: frozenset[str] = _FREQUENT, min_share: float = _MIN_FREQUENT_SHARE) -> bool:
    """Tell Chinese from bytes of another encoding that merely decode.

    Of 1,617 notices the poorest has 19 % of its characters beyond ASCII in _FREQUENT; Big5, Shift-JIS, EUC-JP and
    EUC-KR text misread as GB18030 has 0 to 4 %.
    """
    wide = Counter(char for char in text if char > "\x7f")
    frequent = sum(count for char, count in wide.items() if char in frequent_chars)
    kana = sum(count for char, count in wide.items() if "\u3040" <= char <= "\u30ff")
    return frequent >= min_share * wide.total() and kana <= _MAX_KANA_SHARE * wide.total()
