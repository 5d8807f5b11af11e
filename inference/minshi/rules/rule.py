"""What a rule is and how it is scanned. Patterns see folded text (minshi.fold), so ASCII forms are enough.

Every pattern matches a bounded number of characters and is tried once per start, so a scan is linear in the text.
Group 1 is the identifier, what stands around it is context. A pattern best begins with a character of few kinds and
tests what stands before it afterwards (`LEFT`): re then skips quickly to that character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from minshi.types import Span

MASK = "*×✱✻╳"  # what stands for removed characters; X and x are letters anyway
_CODE = f"0-9A-Za-z_{MASK}"
LEFT = f"(?<![{_CODE}].)"  # after the first character: no longer number, code or masked number runs into it
RIGHT = f"(?![{_CODE}@]|[ -]?[{MASK}])"


def _always(match: re.Match[str]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """One form of identifier: `pattern` proposes, `accepts` decides; `needs` is a string without which nothing matches."""

    name: str
    label: str
    pattern: re.Pattern[str]
    accepts: Callable[[re.Match[str]], bool] = _always
    validated: bool = False
    score: float = 1.0
    needs: str = ""


def scan(rule: Rule, text: str) -> Iterator[Span]:
    """Yield the spans of one rule over folded text, in order and without overlaps.

    A refused candidate hides nothing: the search goes on one character after its start.
    """
    if rule.needs not in text:
        return
    match = rule.pattern.search(text)
    while match:
        accepted = rule.accepts(match)
        if accepted:
            yield Span(match.start(1), match.end(1), rule.label, rule.score, f"rule:{rule.name}")
        match = rule.pattern.search(text, match.end(1) if accepted else match.start() + 1)


def compact(match: re.Match[str]) -> str:
    """Return the matched identifier in upper case without its spaces and hyphens."""
    return match[1].replace(" ", "").replace("-", "").upper()


def follows(match: re.Match[str], context: re.Pattern[str], *, reach: int) -> bool:
    """Tell whether `context` occurs in the `reach` characters before the identifier; `$` in it means right before."""
    start = match.start(1)
    return context.search(match.string, max(0, start - reach), start) is not None


_OTHER_NUMBER = re.compile(
    r"(?:考号|考生号|准考证号?|学号|报名号|订单号?|单号|流水号?|(?<!证件)(?<!护照)(?<!行证)编号|案号|批号|条码|文号|索引号|代码|税号|识别号|注册号|执照号?"
    r"|许可证号|合同号|档案号|串号|IMEI|产权证号?|车架号|发动机号|行号)(?:码)?[ :(]{0,3}$"
)


def is_other_number(match: re.Match[str]) -> bool:
    """Tell whether the words right before say that this number counts something else than people."""
    return follows(match, _OTHER_NUMBER, reach=12)
