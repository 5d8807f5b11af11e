from __future__ import annotations

import itertools

import pytest

from minshi.errors import ConfigError
from minshi.labels import LabelInfo, LabelSchema, check_wanted

ENTRY = {"id": "NAME", "zh": "姓名", "definition": "全名", "kind": "model", "pipl": None, "gbt45574": None}


def test_tags_are_o_and_a_begin_inside_pair_a_label(schema):
    assert schema.tags[:3] == ("O", "B-NAME", "I-NAME")
    assert len(schema.tags) == 1 + 2 * len(schema.labels)
    assert LabelSchema.from_tags(schema.tags) == schema
    assert [schema.tags[schema.begin_id(label)] for label in schema.labels] == [f"B-{label}" for label in schema.labels]


@pytest.mark.parametrize("tags", [(), ("O",), ("B-A", "I-A"), ("O", "I-A", "B-A"), ("O", "B-A"), ("O", "B-A", "I-B"), ("O", "O")])
def test_tags_that_are_no_bio_scheme_are_refused(tags):
    with pytest.raises(ConfigError):
        LabelSchema.from_tags(tags)


@pytest.mark.parametrize("labels", [(), ("NAME", "NAME")])
def test_a_schema_without_labels_or_with_one_twice_is_refused(labels):
    with pytest.raises(ConfigError, match="label"):
        LabelSchema(labels)


def test_an_unknown_label_is_named_along_with_the_known(schema):
    with pytest.raises(ConfigError, match=r"'AGE'.*NAME, ADDRESS"):
        schema.begin_id("AGE")


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("NAME", "label names are given as a list, not as 'NAME'"),
        ("", "label names are given as a list, not as ''"),
        ((label for label in ["NAME"]), "label names are given as a list"),
        (["name"], r"unknown label name \(nearest: NAME\); known: NAME, ADDRESS"),
        (["NAME", "NAMES"], r"unknown label NAMES \(nearest: NAME\); known"),
        ({"姓名"}, "unknown label 姓名; known"),
        ([7], "unknown label 7; known"),
        ([], "none is named"),
    ],
)
def test_labels_that_nothing_has_are_refused_and_the_nearest_is_named(labels, said):
    with pytest.raises(ConfigError, match=said):
        check_wanted(labels, 0.0, ("NAME", "ADDRESS"))


@pytest.mark.parametrize("score", [float("nan"), -0.1, 1.1, 95, float("inf")])
def test_a_score_that_is_none_is_refused(score):
    with pytest.raises(ConfigError, match=f"^min_score={score}: must be from 0 to 1$"):
        check_wanted(None, score, ("NAME",))


@pytest.mark.parametrize("labels", [None, ["NAME"], {"NAME", "ADDRESS"}, ("NAME",)])
@pytest.mark.parametrize("score", [0, 0.5, 1])
def test_known_labels_and_a_score_are_taken(labels, score):
    check_wanted(labels, score, ("NAME", "ADDRESS"))


def test_inside_follows_only_begin_or_inside_of_the_same_label(schema):
    for (i, before), (j, after) in itertools.product(enumerate(schema.tags), repeat=2):
        legal = not after.startswith("I-") or before in (after, "B" + after[1:])
        assert schema.transition_allowed[i, j] == legal, (before, after)


def test_no_window_opens_inside_an_entity(schema):
    assert [tag for tag, allowed in zip(schema.tags, schema.start_allowed, strict=True) if not allowed] == [
        f"I-{label}" for label in schema.labels
    ]


def test_the_fingerprint_tells_labels_and_their_order_apart():
    prints = {LabelSchema(labels).fingerprint for labels in [("A", "B"), ("B", "A"), ("A",), ("A", "C")]}
    assert len(prints) == 4
    assert LabelSchema(("A", "B")).fingerprint == LabelSchema(("A", "B")).fingerprint


def test_a_label_is_read_from_its_mapping():
    assert LabelInfo.from_mapping(ENTRY) == LabelInfo("NAME", "姓名", "全名", "model", None, None)


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({**ENTRY, "colour": "red"}, "colour"),
        ({key: value for key, value in ENTRY.items() if key != "zh"}, "zh"),
        ({**ENTRY, "kind": "guess"}, "guess"),
        ({}, r"\?"),
    ],
)
def test_a_label_with_missing_unknown_or_wrong_keys_is_refused_by_name(entry, named):
    with pytest.raises(ConfigError, match=named):
        LabelInfo.from_mapping(entry)
