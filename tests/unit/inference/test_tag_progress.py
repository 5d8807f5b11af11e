from __future__ import annotations

import pytest

from minshi.tag_progress import Tally
from minshi.types import Anchor, Document


def shown(tally: Tally) -> list[tuple[float, int, int]]:
    """Return what a tally shows from now on: inputs that are done, documents, characters."""
    told: list[tuple[float, int, int]] = []
    tally.show = lambda now: told.append((now.done, now.documents, now.characters))
    return told


def test_a_long_text_is_done_by_its_characters():
    tally = Tally()
    told = shown(tally)
    doc = Document("a.txt", "文" * 60_000)
    tally.read(doc, "a.txt")
    for _ in range(4):
        tally.tag(15_000)
    tally.inputs = 1
    tally.finish(doc)
    tally.end()
    assert told[:4] == [(0.25, 0, 15_000), (0.5, 0, 30_000), (0.75, 0, 45_000), (1.0, 0, 60_000)]
    assert told[-1] == (1, 1, 60_000)


@pytest.mark.parametrize(
    "doc", [Document("0", "文" * 100), Document("a.csv", "文" * 100, anchors=(Anchor(0, 100, "row=2"),))], ids=["record", "table"]
)
def test_of_an_input_of_many_documents_only_the_characters_are_known(doc: Document):
    tally = Tally()
    told = shown(tally)
    tally.read(doc, "a.csv")
    tally.tag(50)
    tally.tag(50)
    tally.finish(doc)
    assert told == [(0, 0, 50), (0, 0, 100), (0, 1, 100)]


def test_inputs_that_are_read_ahead_of_tagging_are_not_done_yet():
    tally = Tally()
    told = shown(tally)
    first, second = Document("a", "文" * 10), Document("b", "文" * 10)
    tally.read(first, "a")
    tally.inputs = 1
    tally.read(second, "b")
    tally.inputs = 2
    tally.tag(5)
    tally.tag(5)
    tally.finish(first)
    tally.tag(5)
    assert [done for done, *_ in told] == [0.5, 1.0, 1.0, 1.5]


def test_the_bar_moves_while_one_long_file_is_tagged(toy_bundle, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from minshi import cli

    path, told = tmp_path / "长.txt", []
    path.write_text("申请人Nnn，患Hhhhh。\n" * 4_000, encoding="utf-8")
    monkeypatch.setattr(cli, "bar", lambda stack, inputs: lambda tally: told.append((tally.done, tally.characters)))
    result = CliRunner().invoke(cli.app, ["tag", "--model", str(toy_bundle), str(path), "-o", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert told == sorted(told)
    assert len({done for done, _ in told if 0 < done < 1}) > 10
    assert told[-1] == (1, len(path.read_text(encoding="utf-8")))
