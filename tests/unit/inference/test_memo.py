from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from minshi.memo import Memo


class Counter:
    """An answer that counts how often each text was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> int:
        self.asked.append(text)
        return len(text)


def test_a_text_is_worked_on_once():
    memo, length = Memo[int](characters=10), Counter()
    assert [memo("甲乙", length) for _ in range(3)] == [2, 2, 2]
    assert length.asked == ["甲乙"]


def test_what_was_not_asked_for_longest_is_forgotten_first():
    memo, length = Memo[int](characters=4), Counter()
    for text in ("甲甲", "乙乙", "甲甲", "丙丙", "甲甲", "乙乙"):
        memo(text, length)
    assert length.asked == ["甲甲", "乙乙", "丙丙", "乙乙"]


@pytest.mark.parametrize(("characters", "text"), [(0, "甲"), (3, "甲乙丙丁")])
def test_a_text_beyond_the_limit_is_answered_and_not_kept(characters, text):
    memo, length = Memo[int](characters=characters), Counter()
    assert [memo(text, length), memo(text, length)] == [len(text)] * 2
    assert length.asked == [text, text]


def test_many_short_texts_are_forgotten_too():
    memo, length = Memo[int](characters=10**9), Counter()
    for number in range(5000):
        memo(str(number), length)
    memo("0", length)
    memo("4999", length)
    assert length.asked[5000:] == ["0"]


def test_an_error_is_not_remembered():
    def broken(text: str) -> int:
        raise OSError("once")

    memo = Memo[int](characters=10)
    with pytest.raises(OSError, match="once"):
        memo("甲", broken)
    assert memo("甲", len) == 1


def test_threads_get_the_answers_to_their_own_texts():
    memo = Memo[int](characters=500)
    texts = ["甲" * (1 + number % 97) for number in range(5000)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: memo(text, len), texts)) == [len(text) for text in texts]
