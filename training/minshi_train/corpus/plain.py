"""Plain text without annotation: paragraphs in random order, none of which shares text with what a model is judged on."""

from __future__ import annotations

import glob
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from minshi_train.checks import check_pattern
from minshi_train.corpus.ents import text_lines

_SHINGLE = 20  # characters in a row that no paragraph may share with an excluded text


def paragraphs(patterns: Iterable[str], exclude: Iterable[Path], *, seed: int) -> Iterator[str]:
    """Yield the lines of plain text files (.xz too), shuffled, empty ones and those that share text with `exclude` left out.

    Args:
        exclude: files of texts that must stay out: the "text" of each line of JSON Lines, else every line.

    Raises:
        ConfigError: no file fits a pattern.
        InputError: a file cannot be read.
    """
    paths = text_files(patterns)
    excluded = {shingle for path in exclude for text in read_texts(path) for shingle in _shingles(text)}
    lines = [line.rstrip("\n") for path in paths for line in text_lines(path)]
    random.Random(seed).shuffle(lines)
    yield from (line for line in lines if line and excluded.isdisjoint(_shingles(line)))


def text_files(patterns: Iterable[str], *, key: str = "text") -> list[Path]:
    """Return the files that fit the patterns of the setting `key`; raises ConfigError if none fits one of them."""
    wanted = list(patterns)
    for pattern in wanted:
        check_pattern(key, pattern)
    return sorted(Path(found) for pattern in wanted for found in glob.glob(pattern, recursive=True))


def read_texts(path: Path) -> Iterator[str]:
    """Yield the texts of a file, .xz too: the "text" of each line of JSON Lines, else every line with its line break."""
    is_json = ".jsonl" in path.suffixes
    for line in text_lines(path):
        yield json.loads(line)["text"] if is_json else line


def _shingles(text: str) -> Iterator[str]:
    return (text[at : at + _SHINGLE] for at in range(len(text) - _SHINGLE + 1))
