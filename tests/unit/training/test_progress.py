"""A stage tells where it stands, on a terminal and in the log file of a run that nobody watches."""

from __future__ import annotations

import io
import logging
import re
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from rich.console import Console

from minshi_train import progress as module
from minshi_train.progress import progress


def _slowly(count: int) -> Iterator[int]:
    for number in range(count):
        time.sleep(0.2)  # 5.0 a second: at 10 a slow clock would add a digit
        yield number


def test_a_terminal_shows_count_rate_and_both_times(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(module, "Console", lambda stderr: Console(file=shown, force_terminal=True, width=120))
    assert list(progress(_slowly(6), "documents", total=6)) == list(range(6))
    assert re.search(r"documents .*[3-6]/6.* \d\.\d/s .*0:00:0\d.* gone, .*0:00:0\d.* left", shown.getvalue())


def test_without_a_terminal_the_log_has_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO, "minshi_train")
    clock = iter(range(0, 1000, 20))  # twenty seconds for each item
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    assert list(progress(range(6), "documents")) == list(range(6))
    assert caplog.messages == [
        "documents: 2 of 6, 0.1/s, 0:00:40 gone, 0:01:20 left",
        "documents: 4 of 6, 0.1/s, 0:01:20 gone, 0:00:40 left",
        "documents: 6 of 6, 0.1/s, 0:02:00 gone, 0:00:00 left",
    ]
    assert capsys.readouterr().err == ""


def test_how_many_there_are_may_be_unknown(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "minshi_train")
    monkeypatch.setattr(module, "_EVERY", 0.0)
    assert list(progress(iter("ab"), "files")) == ["a", "b"]
    assert re.fullmatch(r"files: 2, [\d,.]+/s, 0:00:00 gone", caplog.messages[-1])
