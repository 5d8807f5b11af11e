"""What stands in place of a finding: a mask, the name of its label, a pseudonym, or nothing."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from itertools import count

from minshi.bundle import load_bundle
from minshi.errors import ConfigError
from minshi.labels import LabelInfo
from minshi.masking import FREE_TEXT, mask
from minshi.redact.alike import written_once
from minshi.redact.source import Edit, edited
from minshi.replacements import FACT, PERSON, label_form, pseudonym_form
from minshi.types import Span

STRATEGIES = ("mask", "label", "pseudonym", "remove")
MIN_KEY_BYTES = 16


class Replacer:
    """Returns what stands in place of a finding; the pseudonyms that it gave are kept, so that no two values share one.

    A pickled one has the same key, and gives the same pseudonyms.

    Args:
        strategy: one of STRATEGIES for all labels, or by label as in "label,NAME=pseudonym,PHONE=mask"; labels not named are
            masked unless one strategy stands alone.
        labels: the labels and their Chinese names; those of the shipped model by default.
        key: what pseudonyms are computed with (HMAC-SHA256), at least 16 bytes; a random one by default, which is forgotten.

    Raises:
        ConfigError: no such strategy or label, or a key that is too short.

    Attributes:
        owners: by pseudonym, whose it is: label and value.
    """

    def __init__(self, strategy: str = "mask", *, labels: Iterable[LabelInfo] | None = None, key: bytes | None = None) -> None:
        known = load_bundle().labels if labels is None else tuple(labels)
        self._names = {label.id: label.zh for label in known}
        self._default, self._by_label = parse_strategy(strategy, self._names)
        if key is not None and len(key) < MIN_KEY_BYTES:
            raise ConfigError(f"a key of {len(key)} bytes can be guessed; it needs at least {MIN_KEY_BYTES}")
        self._key = key or secrets.token_bytes(32)
        self.owners: dict[str, tuple[str, str]] = {}

    def __call__(self, label: str, value: str) -> str:
        """Return what takes the place of a value.

        >>> replace = Replacer("PHONE=label,HEALTH=remove")
        >>> replace("NAME", "张小明"), replace("PHONE", "13900001234"), replace("HEALTH", "尿毒症")
        ('张**', '[电话号码]', '')
        """
        strategy = self._by_label.get(label, self._default)
        if strategy == "remove":
            return ""
        if strategy == "label":
            return label_form(self._name(label))
        return self._pseudonym(label, value) if strategy == "pseudonym" else _masked(label, value)

    def _pseudonym(self, label: str, value: str) -> str:
        owner = (label, written_once(label, value))
        message = "\0".join(owner).encode("utf-8", "surrogatepass")
        name = PERSON if label == "NAME" else FACT if label in FREE_TEXT else self._name(label)
        for number in count():  # two values may meet in 32 bits: then the second gets what comes next
            digest = hmac.new(self._key, message + b"\0" * number, hashlib.sha256).hexdigest()
            pseudonym = pseudonym_form(name, digest)
            if self.owners.setdefault(pseudonym, owner) == owner:
                break
        return pseudonym

    def _name(self, label: str) -> str:
        return self._names.get(label, label)


def parse_strategy(text: str, labels: Iterable[str]) -> tuple[str, Mapping[str, str]]:
    """Return the strategy for labels not named, and those of the labels that are.

    Raises:
        ConfigError: no such strategy or label, or two for one label.

    >>> parse_strategy("label,NAME=pseudonym", ["NAME", "PHONE"])
    ('label', {'NAME': 'pseudonym'})
    """
    known, chosen = list(labels), dict[str, str]()
    for item in text.split(","):
        label, _, strategy = item.rpartition("=")
        label, strategy = label.strip().upper(), strategy.strip().lower()
        if strategy not in STRATEGIES:
            raise ConfigError(f"unknown strategy {strategy!r}; known: {', '.join(STRATEGIES)}")
        if "=" in item and label not in known:
            raise ConfigError(f"unknown label {label}; known: {', '.join(known)}")
        if label in chosen:
            raise ConfigError(f"two strategies for {label or 'all labels'}")
        chosen[label] = strategy
    return chosen.pop("", "mask"), chosen


def redact_text(text: str, spans: Iterable[Span], strategy: str | Replacer = "mask", *, key: bytes | None = None) -> str:
    """Return a text with its spans replaced, everything else as it was; `key` is for pseudonyms of a strategy by name.

    >>> redact_text("张小明，电话13900001234", [Span(0, 3, "NAME"), Span(6, 17, "PHONE")])
    '张**，电话139****1234'

    Raises:
        ConfigError: as `Replacer` does, or spans overlap or reach beyond the text.
    """
    replace = Replacer(strategy, key=key) if isinstance(strategy, str) else strategy
    end = 0
    edits = []
    for span in sorted(spans):
        if not end <= span.start < span.end <= len(text):
            raise ConfigError(f"spans overlap or reach beyond the text, at {span.start}")
        edits.append(Edit(span.start, span.end, replace(span.label, text[span.start : span.end])))
        end = span.end
    return edited(text, edits)


def _masked(label: str, value: str) -> str:
    """What a mask would leave whole is starred out, but for an address that names no more than a town."""
    shown = mask(label, value)
    return "*" * len(value) if shown == value and label != "ADDRESS" and "*" not in value else shown
