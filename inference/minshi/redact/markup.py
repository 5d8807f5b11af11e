"""Take a web page apart into text, attribute values and comments with their places in the markup, changing nothing.

Pictures and other data that attributes hold are told apart from text: that a model found names in them would only spoil them.

The parser that reads pages tells no places. What is taken apart wrongly here, as only broken markup is, shows: redact.html
compares what it read by these places with what the reader read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "attribute", "value", "comment", "code", "data"]  # value: of a field, which a reader of the page sees
_TAG = re.compile(r"<(?:(?P<comment>!--)|(?P<close>/)?(?P<name>[a-zA-Z][^\s/>]*)|(?P<bogus>[!?/]))")
_COMMENT_END = re.compile(r"--!?>|\Z")
_ATTRIBUTE = re.compile(
    r"[\s/]*(?:(?P<end>>)|(?P<name>[^\s/>][^\s/>=]*)(?:\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s>\"'][^\s>]*)))?)"
)
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;?)")
_DATA = re.compile(r"data:[^,\s]{0,200};base64,", re.IGNORECASE)
_CODE = frozenset(("script", "style"))
_RAW = frozenset(("xmp", "iframe", "noembed", "noframes"))  # no markup inside
_ESCAPED = frozenset(("title", "textarea"))  # no markup inside, but character references
_RUBY = "ruby"  # an element that holds characters and, above them, their reading
_AROUND_RUBY = frozenset(("p", "div", "li", "td", "th", "tr", "table"))  # whose end is one of a <ruby> that was left open


@dataclass(frozen=True, slots=True)
class Piece:
    """markup[start:end], which is text of some kind; character references count in it if it `is_escaped`.

    `ruby` is the number of the outermost <ruby> that text stands in, 0 for none.
    """

    start: int
    end: int
    kind: Kind
    is_escaped: bool = True
    ruby: int = 0

    @property
    def is_text(self) -> bool:
        """Tell text for people from code and data."""
        return self.kind not in ("code", "data")


def pieces(markup: str) -> Iterator[Piece]:
    """Yield all text of a page in order."""
    at = rubies = depth = 0  # outermost <ruby> elements so far, and those that are open
    while match := _TAG.search(markup, at):
        if at < match.start():
            yield Piece(at, match.start(), "text", ruby=rubies if depth else 0)
        if match["comment"]:
            end = _COMMENT_END.search(markup, match.end())
            start, stop = match.end(), end.start() if end else len(markup)
            yield Piece(start, stop, "comment", is_escaped=False)
            at = end.end() if end else len(markup)
        elif match["bogus"]:
            close = markup.find(">", match.end())
            stop = close if close >= 0 else len(markup)
            yield Piece(match.end(), stop, "comment", is_escaped=False)
            at = stop + 1
        else:
            tag = match["name"].lower()
            at = yield from _attributes(markup, match.end(), tag)
            rubies += tag == _RUBY and not match["close"] and not depth
            depth = _ruby_depth(depth, tag, is_end=bool(match["close"]))
            if not match["close"] and tag in (_CODE | _RAW | _ESCAPED):
                end = re.compile(rf"</{tag}(?=[\s/>])|\Z", re.IGNORECASE).search(markup, at)
                stop = end.start() if end else len(markup)
                yield Piece(at, stop, "code" if tag in _CODE else "text", is_escaped=tag in _ESCAPED)
                at = stop
    if at < len(markup):
        yield Piece(at, len(markup), "text", ruby=rubies if depth else 0)


def _ruby_depth(depth: int, tag: str, *, is_end: bool) -> int:
    if tag == _RUBY:
        return max(depth - 1, 0) if is_end else depth + 1
    return 0 if is_end and tag in _AROUND_RUBY else depth


def _attributes(markup: str, at: int, tag: str) -> Generator[Piece, None, int]:
    """Yield the values of a tag's attributes; return where the tag ends."""
    while match := _ATTRIBUTE.match(markup, at):
        at = match.end()
        if match["end"]:
            return at
        for quote in ("double", "single", "bare"):
            if match[quote]:
                kind: Kind = "value" if tag == "input" and match["name"].lower() == "value" else "attribute"
                if _DATA.search(match[quote]):
                    kind = "data"
                yield Piece(match.start(quote), match.end(quote), kind)
    return len(markup)


def characters(markup: str, piece: Piece) -> list[tuple[str, int, int]]:
    """Return (character, start, end) of a piece: where each of its characters stands in the markup.

    >>> characters("a&amp;b", Piece(0, 7, "text"))
    [('a', 0, 1), ('&', 1, 6), ('b', 6, 7)]
    """
    found = []
    at = piece.start
    while at < piece.end:
        reference = _REFERENCE.match(markup, at, piece.end) if piece.is_escaped and markup[at] == "&" else None
        end = reference.end() if reference else at + 1
        text = _unescaped(markup[at:end])
        if reference and len(text) > 1 and text[0] == "&":  # no such reference
            end, text = at + 1, "&"
        found += [(char, at, end) for char in text]
        at = end
    return found


def _unescaped(text: str) -> str:
    """Return what a character or reference stands for; a number that names a control character does so to a page's parser."""
    return html.unescape(text) or chr(int(text.strip("&#xX;"), 16 if text[2] in "xX" else 10))
