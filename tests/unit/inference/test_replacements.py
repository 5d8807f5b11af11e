"""What `minshi redact` wrote is found by nobody who tags the copy, and what stands beside it still is."""

from __future__ import annotations

import numpy as np
import pytest
import toy
from numpy.typing import NDArray

from minshi import Tagger
from minshi.bundle import load_bundle
from minshi.columns import COLUMNS, HEADERS
from minshi.redact import Replacer
from minshi.replacements import Replacements, fitted
from minshi.types import Anchor, Document, Span

LABELS = load_bundle().labels
NAMES = [label.zh for label in LABELS]


def everything_is(label: str) -> Tagger:
    """A tagger that takes all of a short text for one finding."""

    def score(code_points: NDArray[np.int32]) -> NDArray[np.float32]:
        begin = toy.SCHEMA.begin_id(label)
        log_probs = np.full((*code_points.shape, len(toy.SCHEMA.tags)), -20, dtype=np.float32)
        log_probs[:, 0, begin] = log_probs[:, 1:, begin + 1] = 0
        return log_probs

    return Tagger(score, toy.SCHEMA, window=64, context=8, names=NAMES)


def found(text: str, label: str = "ADDRESS") -> list[str]:
    return [text[span.start : span.end] for span in everything_is(label).tag(text).spans]


@pytest.mark.parametrize("encoding", ["utf-8", "big5"])
@pytest.mark.parametrize("strategy", ["label", "pseudonym"])
@pytest.mark.parametrize("label", [label.id for label in LABELS])
def test_no_replacement_is_found_whatever_the_model_says(label: str, strategy: str, encoding: str) -> None:
    replace = Replacer(strategy)
    for number in range(20):
        replacement = fitted(replace(label, f"{number}"), encoding)
        assert replacement.encode(encoding)
        assert found(replacement) == []
        assert found(f"（{replacement}）") == []
        assert found(f"家住{replacement}溪口村") == ["家住", "溪口村"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("某人-k3fa92c1石桥镇溪口村", ["石桥镇溪口村"]),
        ("石桥镇溪口村住址-tfbbba36", ["石桥镇溪口村"]),
        ("[姓名]，[住址]", []),
        ("住址-tfbbba363组", ["3组"]),
        ("[张小明]", ["[张小明]"]),
        ("住址-溪口村3组", ["住址-溪口村3组"]),
        ("住址-3fbbba36", ["住址-3fbbba36"]),
        ("溪口村-tfbbba36", ["溪口村-tfbbba36"]),
    ],
)
def test_what_stands_beside_a_replacement_is_still_found(text: str, left: list[str]) -> None:
    assert found(text) == left


def test_a_span_that_only_touches_the_end_of_a_replacement_is_cut_there() -> None:
    replacements = Replacements(NAMES)
    assert replacements.outside([Span(2, 11, "ADDRESS")], "住址-tfbbba36") == ()
    assert replacements.outside([Span(10, 14, "ADDRESS")], "住址-tfbbba36溪口村") == (Span(11, 14, "ADDRESS"),)


def test_stars_at_its_end_belong_to_no_finding_but_a_masked_name() -> None:
    assert found("石桥镇*****") == ["石桥镇"]
    assert found("石桥镇，***") == ["石桥镇"]
    assert found("石桥镇**村") == ["石桥镇**村"]
    assert found("***") == []
    assert found("尿毒症**", "HEALTH") == ["尿毒症"]
    assert found("张**", "NAME") == ["张**"]


def test_a_column_of_addresses_takes_no_replacement_for_one() -> None:
    cells = ["石桥镇溪口村3组", "电话号码-b27d10f4"]
    text = f"住址：{cells[0]}\n住址：{cells[1]}"
    anchors = tuple(Anchor(start, start + len(cell), "") for cell in cells for start in [text.index(cell)])
    doc = Document("a", text, anchors=anchors, meta={HEADERS: ("住址",), COLUMNS: (0, 0)})
    tagger = Tagger(toy.alphabet_scorer, toy.SCHEMA, window=64, context=8, names=NAMES)
    assert [text[span.start : span.end] for span in tagger.tag(doc).spans] == cells[:1]


def test_the_shipped_tagger_knows_the_names_of_its_labels() -> None:
    text = "救助公示：申请人某人-k3fa92c1，家住住址-tfbbba36，信息-a0c97b16，電話號碼-b27d10f4，[电话号码]。"
    assert Tagger.load(threads=1, point="high_recall").tag(text).spans == ()
