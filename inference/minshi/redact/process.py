"""Redact files in a process of its own, which may die, hang or run out of memory at the cost of that file alone.

The process opens, tags and rewrites; it writes nothing. So a copy that it had not finished is nowhere, however it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minshi.child import Child, Send, Signal
from minshi.errors import InputError
from minshi.points import BALANCED
from minshi.redact.copy import Copied, content, keeping, redact_bytes
from minshi.redact.naming import check_name
from minshi.redact.strategies import Replacer
from minshi.scorer import Scorer
from minshi.tagger import Tagger, available_cores

_THREAD_MB = 24  # that a tagging thread takes beside the file: its stack, and what the model computes with


@dataclass(frozen=True, slots=True)
class Settings:
    """What is looked for, and what redacting a file may take.

    Attributes:
        model: folder of the model; the shipped one by default.
        labels: only these; all by default.
        min_score: only findings at least so sure, from 0 to 1.
        file_seconds: how long a file may take until its next document is read or tagged.
        memory_mb: how much memory redacting a file may take, in MiB.
    """

    model: Path | None = None
    point: str = BALANCED
    labels: Collection[str] | None = None
    min_score: float = 0.0
    file_seconds: float = 120.0
    memory_mb: int = 4096  # the tree of a sheet takes some 40 times its XML


@dataclass(frozen=True, slots=True)
class _Redacted:
    data: bytes
    copied: Copied
    owners: Mapping[str, tuple[str, str]]  # of the pseudonyms that are new


class FileRedactor:
    """Redacts one file after the other in a child process, which is made anew after each file that it did not survive.

    `scratch` is a folder for its temporary files, made when needed and removed by `close`. `replace` learns the pseudonyms
    that the child gives, so that the next child knows them too.
    """

    def __init__(self, scratch: Path, *, replace: Replacer, settings: Settings) -> None:
        self._replace = replace
        self._child = Child(
            partial(_redactor, replace=replace, settings=settings),
            doing="redacting",
            scratch=scratch,
            seconds=settings.file_seconds,
            memory_mb=settings.memory_mb,
            spare_mb=_THREAD_MB * available_cores(),
        )

    def start(self) -> None:
        """Load the model; raises what `Tagger.load` does."""
        self._child.start()

    def redacted(
        self, path: Path, name: str, copy: str, *, on_tagged: Callable[[int], None] = lambda characters: None
    ) -> tuple[bytes, Copied]:
        """Return the redacted file, and what was done to it.

        Args:
            name: what errors call the file.
            copy: name of the copy, which must be of the same format.
            on_tagged: told as it goes on how many more characters are tagged; those of a copy that is tagged again count anew.

        Raises:
            InputError: it cannot be read or redacted, findings remain in it, or redacting it hung, crashed or needed too much
                memory.
        """
        answer: Any = None
        with closing(self._child.answers(name, str(path), name, copy)) as answers:
            for answer in answers:
                if isinstance(answer, int):
                    on_tagged(answer)
        if isinstance(answer, InputError):
            raise answer
        self._replace.owners.update(answer.owners)
        return answer.data, answer.copied

    def close(self) -> None:
        """Stop the child."""
        self._child.close()


def _redactor(send: Send, *, replace: Replacer, settings: Settings) -> Callable[..., None]:
    """Return what redacts a file and sends the copy; it says that it lives with every document read and window tagged."""
    tell = partial(send, Signal.ALIVE)
    tagger = Tagger.load(settings.model, point=settings.point)
    tagger.scorer = _telling(tagger.scorer, tell)
    keep = keeping(settings.labels, settings.min_score, tagger.labels)

    def redact(path: str, name: str, copy: str) -> None:
        known = len(replace.owners)
        try:
            data = content(Path(path), name)
            check_name(data, name, copy)
            redacted, copied = redact_bytes(
                data, name, tagger=tagger, replace=replace, keep=keep, on_document=tell, on_window=send
            )
            send(_Redacted(redacted, copied, dict(islice(replace.owners.items(), known, None))))
        except InputError as err:
            send(err)
        except MemoryError:
            send(InputError(f"{name}: needs too much memory"))
        except Exception as err:  # whatever a parser trips over costs one file, and is said without its text
            send(InputError(f"{name}: cannot be redacted ({type(err).__name__})"))

    return redact


def _telling(scorer: Scorer, tell: Callable[[], None]) -> Scorer:
    def score(code_points: NDArray[np.int32]) -> NDArray[np.float32]:
        tell()
        return scorer(code_points)

    return score
