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
        self._position = 0  # where reading stands
        self._done = 0  # bytes whose text is tagged, and its characters
        self._done_characters = 0

    def read(self, position: int) -> None:
        """Note where reading stood in the file when it gave what is tagged next.

        What was read before that is done. A file that is read whole before it gives anything so stays at 0 until it ends, and
        one of which the end is read first, as of ZIP, is not done at once.
        """
        done, self._position = min(self._position, position), position
        if done > self._done:
            self._done, self._done_characters = done, self._characters

    def tag(self, characters: int) -> None:
        """Note that so many more characters are tagged."""
        self._characters += characters
        if self._characters - self._told.characters >= STEP:
            self._tell(Tally(characters=self._characters, size=max(self._bytes(), self._told.size)))

    def end(self, tally: Tally) -> None:
        """Tell the rest of the file's counts."""
        self._tell(tally)

    def _tell(self, tally: Tally) -> None:
        told, self._told = self._told, tally
        self._advance(replace(tally, characters=tally.characters - told.characters, size=tally.size - told.size))

    def _bytes(self) -> int:
        """Reckon the bytes that are done: files are read in large pieces, inside which characters tell how far it is."""
        if not self._done_characters:
            return 0
        inside = (self._characters - self._done_characters) * self._done // self._done_characters
        return min(self._done + inside, max(self._done, self._position), self._size)
