"""How far a file is, told while it is tagged: a large one takes hours. None of it is written anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from minshi.batch.tally import Tally

STEP = 10_000  # characters between two reports: one or two seconds of a core


class FileProgress:
    """Tells `advance` what is done of a file of `size` bytes, as it goes and at its end; all that adds up to the file's counts.

    What it tells depends on the file alone, not on time: a chunk that is tried again says the same once more.
    """

    def __init__(self, size: int, advance: Callable[[Tally], None]) -> None:
        self._size = size
        self._advance = advance
        self._characters = 0
        self._told = Tally()
        self._reach = 0  # the byte up to which reaches what reading gave last
        self._start = self._end = 0  # bytes of the document that is tagged
        self._before, self._length = 0, 1  # characters before it, and its own

    def read(self, reach: int) -> None:
        """Note up to which byte of the file reaches what is given next."""
        self._reach = reach

    def give(self, characters: int) -> None:
        """Note that a document of so many characters is tagged next, and those before it are done."""
        self._start, self._end = self._end, min(max(self._end, self._reach), self._size)
        self._before, self._length = self._characters, max(characters, 1)

    def tag(self, characters: int) -> None:
        """Note that so many more characters are tagged."""
        self._characters += characters
        if self._characters - self._told.characters >= STEP:
            self._tell(Tally(characters=self._characters, size=self._bytes()))

    def end(self, tally: Tally) -> None:
        """Tell the rest of the file's counts."""
        self._tell(tally)

    def _tell(self, tally: Tally) -> None:
        told, self._told = self._told, tally
        self._advance(replace(tally, characters=tally.characters - told.characters, size=tally.size - told.size))

    def _bytes(self) -> int:
        return self._start + (self._end - self._start) * (self._characters - self._before) // self._length
