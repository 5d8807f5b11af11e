"""What became of the inputs of `minshi tag`, and how far they are: a bar on a terminal, which moves inside a long text too."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import typer

from minshi.console import progress_bar
from minshi.errors import InputError
from minshi.types import Document


@dataclass
class Tally:
    """Counts of inputs, documents and findings; `show` is told of each change.

    `done` is how many inputs are done, and of the one under way the share, where that is known: where it is one document.
    """

    show: Callable[[Tally], None] = lambda tally: None
    inputs: int = 0  # read to their end, which may be some windows before all of them is tagged
    documents: int = 0
    characters: int = 0
    spans: int = 0
    failed: int = 0
    done: float = 0.0
    _under_way: deque[tuple[int, int]] = field(default_factory=deque)  # inputs before a document; its length if it is all of one
    _inside: int = 0  # characters of the first of these that are tagged

    def fail(self, error: InputError) -> None:
        """Count and name what cannot be read."""
        self.failed += 1
        typer.echo(f"minshi: {error}", err=True)

    def read(self, doc: Document, source: str) -> None:
        """Note a document that is tagged next."""
        is_whole = doc.id == source and not doc.anchors
        self._under_way.append((self.inputs, len(doc.text) if is_whole else 0))

    def tag(self, characters: int) -> None:
        """Note that so many more characters are tagged."""
        self.characters += characters
        self._inside += characters
        before, length = self._under_way[0]
        self.done = before + (self._inside / length if length else 0)
        self.show(self)

    def finish(self, doc: Document) -> None:
        """Count a document that is tagged and written."""
        self.documents += 1
        self.spans += len(doc.spans)
        self._under_way.popleft()
        self._inside = 0
        self.show(self)

    def end(self) -> None:
        """Note that no input is left."""
        self.done = self.inputs
        self.show(self)


def bar(stack: ExitStack, inputs: int) -> Callable[[Tally], None]:
    """Return what shows a tally as a bar on standard error, if that is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

    counts = TextColumn("{task.fields[documents]:,} documents, {task.fields[characters]:,} characters")
    progress = stack.enter_context(progress_bar(TextColumn("inputs"), MofNCompleteColumn(), BarColumn(), counts))
    task = progress.add_task("tag", total=max(inputs, 1), documents=0, characters=0)
    return lambda tally: progress.update(task, completed=tally.done, documents=tally.documents, characters=tally.characters)
