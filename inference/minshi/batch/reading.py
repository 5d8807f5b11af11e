"""Read files in a process of its own, which may die, hang or run out of memory at the cost of that file alone."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeAlias

from minshi.child import Child, Send, Signal
from minshi.errors import InputError, StorageError
from minshi.readers import read_stream
from minshi.readers.options import EVERYTHING, Options
from minshi.readers.sniff import sniff
from minshi.types import Document

_Item: TypeAlias = Document | InputError | StorageError | int  # a number is the byte up to which the next reaches
FileName: TypeAlias = tuple[Path, str]  # where a file is, and what it is called
MAX_ERRORS = 100  # of a file that are told one by one: a file of other lines than its name says has one a line
_SIGN_OF_LIFE = 1000  # errors that are only counted between two
_PLAIN = frozenset(("text", "csv", "jsonl"))  # formats whose bytes are those of their text, read a piece at a time
_HEAD = 4096  # bytes that tell how many a character takes


class FileReader:
    """Reads one file after the other in a child process, which is made anew after each file that it did not survive.

    `scratch` is a folder for its temporary files, made when needed and removed by `close`.
    """

    def __init__(self, scratch: Path, *, seconds: float, memory_mb: int, options: Options = EVERYTHING) -> None:
        make = partial(_reader, options=options)
        self._child = Child(make, doing="reading", scratch=scratch, seconds=seconds, memory_mb=memory_mb)

    def documents(
        self, path: Path, name: str, *, ahead: FileName | None = None, on_read: Callable[[int], None] = lambda position: None
    ) -> Iterator[Document | InputError]:
        """Yield what the file holds; an InputError, at last, where reading hung, crashed or needed too much memory.

        Args:
            ahead: the file that is asked for next; it is read while what this one holds is used.
            on_read: told up to which byte of the file, as far as is known, reaches what is yielded next.

        Raises:
            StorageError: there is no room for the temporary files.
        """
        with closing(self._child.answers(name, *_request(path, name))) as items:
            reached = _reached(items)
            found = next(reached, None)
            while found is not None:
                position, item = found
                found = next(reached, None)
                if found is None and ahead is not None:
                    self._child.ask_ahead(*_request(*ahead))
                if position is not None:
                    on_read(position)
                yield item

    def close(self) -> None:
        """Stop the child and what it started."""
        self._child.close()


def _request(path: Path, name: str) -> tuple[str, str]:
    return str(path), name


def _reached(items: Iterable[_Item]) -> Iterator[tuple[int | None, Document | InputError]]:
    """Yield what was read, each with the byte up to which it reaches where that is told; raises what is a StorageError."""
    position = None
    for item in items:
        if isinstance(item, StorageError):
            raise item
        if isinstance(item, int):
            position = item
        else:
            yield position, item
            position = None


def _reader(send: Send, *, options: Options) -> Callable[..., None]:
    def read(path: str, name: str) -> None:
        for item in _told(_items(path, name, options=options), name):
            send(item)

    return read


def _told(items: Iterable[_Item], name: str) -> Iterator[_Item | Signal]:
    """Yield all documents, and the first errors; how many more there were is one error, the last."""
    number = 0
    for item in items:
        if isinstance(item, InputError):
            number += 1
            if number > MAX_ERRORS:
                if number % _SIGN_OF_LIFE == 0:
                    yield Signal.ALIVE
                continue
        yield item
    if number > MAX_ERRORS:
        yield InputError(f"{name}: and {number - MAX_ERRORS:,} more")


def _items(path: str, name: str, *, options: Options) -> Iterator[_Item]:
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
            file.seek(0)
            format = sniff(file, name)
            reach = _Reach(_encoding(head) if format in _PLAIN else None)
            for item in read_stream(file, name, format=format, options=options):
                if not file.closed and reach.grows(file.tell(), item):
                    yield reach.end
                yield item
    except (InputError, StorageError) as err:
        yield err
    except MemoryError:
        yield InputError(f"{name}: needs too much memory to read")
    except OSError as err:
        yield InputError(f"{name}: {err.strerror or 'cannot be read'}")
    except Exception as err:  # whatever a parser trips over costs one file, and is said without its text
        yield InputError(f"{name}: cannot be read ({type(err).__name__})")


def _encoding(head: bytes) -> str:
    """Return what the sizes of a text are like: Chinese takes two bytes a character in all encodings but UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


class _Reach:
    """Reckons up to which byte of a file reaches what was given of it; reading is ahead of that, by a piece of some MiB.

    `encoding` is None where the bytes of the file are not those of its text. What was read is then taken for given when more
    is read: a file that is read whole stays at 0, and one of which the end is read first, as of ZIP, is not done at once.
    """

    def __init__(self, encoding: str | None) -> None:
        self.end = 0
        self._encoding = encoding
        self._position = 0  # where reading stood when it gave something last
        self._least = 0  # nobody reads on before all is given that was read, but for the beginning of the next document

    def grows(self, position: int, item: object) -> bool:
        """Note where reading stands as it gives an item; tell whether that reaches further than the one before."""
        before = self.end
        if position != self._position:
            self._least, self._position = min(self._position, position), position
        size = len(item.text.encode(self._encoding, "replace")) if self._encoding and isinstance(item, Document) else 0
        self.end = max(before, self._least, min(before + size, position))
        return self.end > before
