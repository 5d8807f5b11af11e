"""The one pipeline: window -> scorer -> decode -> stitch, beside the rules. Training evaluates with it too."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from minshi import rules
from minshi.bundle import Bundle, load_bundle
from minshi.columns import agree
from minshi.decode import AS_TRAINED, decode
from minshi.errors import ConfigError
from minshi.labels import LabelSchema
from minshi.memo import Memo
from minshi.merge import combine, inside, not_outdone, stitch
from minshi.numbers import is_told
from minshi.points import AS_IT_IS, BALANCED, Calibration, OperatingPoint
from minshi.replacements import Replacements
from minshi.scorer import Scorer
from minshi.types import Document, Span
from minshi.window import Window, code_points, segment

_T = TypeVar("_T")
_R = TypeVar("_R")
_REMEMBERED = 1 << 18  # characters of windows: at most 1 MB of text, and its findings
_IN_FLIGHT = 4  # windows a thread may be ahead of the reader: enough to keep it busy, and the bound on memory


@dataclass(frozen=True)
class _Job:
    doc: Document
    window: Window | None  # None stands for a document without characters

    @property
    def ends_document(self) -> bool:
        return self.window is None or self.window.own_end == len(self.doc.text)


class Tagger:
    """Find spans in documents. What a call finds depends on no call before; a tagger may be shared by threads.

    One that `load` made can be pickled: the process that it is sent to loads the same folder in the same way.

    Args:
        remember: how many characters of the latest windows are kept in memory with their findings, so that rows and
            boilerplate that come again are not scored again; 0 where the scorer's answers may change, or time is measured.
        rule_labels: what the rules look for beside the model; the label file of a released model lists them.
        point: how readily the model's labels are given; as trained by default.
        calibration: makes a span's score the probability that it is right; the model's own certainty by default.
        names: what labels are called in copies that `minshi redact` made, beside their ids.

    Attributes:
        labels: all that it gives, of model and rules.

    Raises:
        ConfigError: `threads` is below 1 or `remember` below 0.
    """

    def __init__(
        self,
        scorer: Scorer,
        schema: LabelSchema,
        *,
        window: int,
        context: int,
        threads: int = 1,
        rule_labels: Iterable[str] = rules.LABELS,
        point: OperatingPoint = AS_TRAINED,
        calibration: Calibration = AS_IT_IS,
        remember: int = 0,
        names: Iterable[str] = (),
    ) -> None:
        if threads < 1:
            raise ConfigError(f"threads={threads}: there must be at least 1")
        if remember < 0:
            raise ConfigError(f"remember={remember}: must be 0, which keeps nothing, or more")
        self.scorer = scorer
        self._size = window
        self._context = context
        self._threads = threads
        self._rule_labels = tuple(rule_labels)
        self._point = point
        self._calibration = calibration
        self._memo: Memo[tuple[Span, ...]] = Memo(characters=remember)
        self.schema = schema
        self.labels = tuple(dict.fromkeys((*schema.labels, *self._rule_labels)))
        self._replacements = Replacements((*self.labels, *names))
        self.bundle: Bundle | None = None
        self._load_again: Callable[[], Tagger] | None = None

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        threads: int | None = None,
        point: str = BALANCED,
        remember: int = _REMEMBERED,
    ) -> Tagger:
        """Load a model folder, the shipped one by default.

        Args:
            threads: windows scored at the same time; as many as this process has cores by default.
            point: an operating point of the model: "balanced", "high_recall" or "high_precision".
            remember: characters of the latest windows that are kept in memory with their findings; 0 keeps nothing.

        Raises:
            ModelError: the model is missing, damaged or does not fit.
            ConfigError: the model has no such operating point, or `threads` or `remember` is below 0.
        """
        bundle = load_bundle(None if path is None else Path(path))
        if point not in bundle.points:
            raise ConfigError(f"the model has no operating point {point!r}; it has {', '.join(bundle.points)}")
        tagger = cls(
            bundle.scorer(),
            bundle.schema,
            window=bundle.window,
            context=bundle.context,
            threads=threads or available_cores(),
            rule_labels=[label.id for label in bundle.labels if label.kind == "rule"],
            point=bundle.points[point],
            calibration=bundle.calibration,
            remember=remember,
            names=[label.zh for label in bundle.labels],
        )
        tagger.bundle = bundle
        tagger._load_again = partial(cls.load, path, threads=threads, point=point, remember=remember)
        return tagger

    def __reduce__(self) -> tuple[Callable[[], Tagger], tuple[()]]:
        if self._load_again is None:
            raise TypeError("only a Tagger that Tagger.load made can be pickled")
        return self._load_again, ()

    def tag(self, item: str | Document) -> Document:
        """Return the document with its spans: flat, sorted, not overlapping.

        >>> [(span.label, span.by) for span in Tagger.load().tag("邮箱 a@example.com").spans]
        [('EMAIL', 'rule:email')]

        Raises:
            TypeError: it is neither.
        """
        return next(self.tag_many([item]))

    def tag_many(
        self, items: Iterable[str | Document], *, on_window: Callable[[int], None] = lambda characters: None
    ) -> Iterator[Document]:
        """Yield the documents of a stream with their spans, in order, reading only a few windows ahead.

        What is ready is yielded before more is read, but nothing can be while the stream is waited for. One that waits for
        each answer before it gives the next document needs a tagger of `threads=1`, which does not read ahead.

        Args:
            on_window: told as a document goes on how many more of its characters are tagged.

        Raises:
            TypeError: `items` is a single text, or one of them is neither a str nor a Document.
        """
        if isinstance(items, str | bytes | Document):  # a string would be tagged letter by letter
            raise TypeError(f"tag_many takes an iterable of str or Document, not one {type(items).__name__}; tag takes one")
        return self._tagged(items, on_window)

    def _tagged(self, items: Iterable[str | Document], on_window: Callable[[int], None]) -> Iterator[Document]:
        scored = _ordered_map(self._score, self._jobs(items), threads=self._threads)
        found: list[tuple[Window, Sequence[Span]]] = []
        for job, spans in scored:
            if job.window is not None:
                found.append((job.window, spans))
                on_window(job.window.own_end - job.window.own_start)
            if job.ends_document:
                yield replace(job.doc, spans=self._merged(job.doc, found))
                found = []

    def _jobs(self, items: Iterable[str | Document]) -> Iterator[_Job]:
        for item in items:
            doc = Document("", item) if isinstance(item, str) else item
            if not isinstance(doc, Document):
                raise TypeError(f"a str or a Document can be tagged, not {type(doc).__name__}")
            if not doc.text:
                yield _Job(doc, None)
            for window in segment(doc.text, size=self._size, context=self._context):
                yield _Job(doc, window)

    def _score(self, job: _Job) -> tuple[_Job, Sequence[Span]]:
        if job.window is None:
            return job, ()
        return job, self._memo(job.doc.text[job.window.start : job.window.end], self._spans_of)

    def _spans_of(self, window: str) -> tuple[Span, ...]:
        log_probs = self.scorer(code_points(window)[None])[0]
        return tuple(decode(log_probs, self.schema, self._point, self._calibration))

    def _merged(self, doc: Document, found: Sequence[tuple[Window, Sequence[Span]]]) -> tuple[Span, ...]:
        validated, other = rules.find(doc.text, self._rule_labels)
        sure = (span for span in stitch(found, len(doc.text)) if self._point.keeps(span) and is_told(span, doc.text))
        spans = combine(doc.text, validated, not_outdone(sure, other), other)
        if doc.anchors:
            spans = agree(doc, inside(spans, doc.anchors))
        return self._replacements.outside(spans, doc.text)


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ordered_map(function: Callable[[_T], _R], items: Iterable[_T], *, threads: int) -> Iterator[_R]:
    """Map over a stream on several threads, in order, with a bounded look-ahead; closing the iterator stops the work.

    The stream is read on the caller's thread, as database cursors demand; so whatever is done is yielded before each read.
    """
    if threads == 1:
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(threads)
    pending: deque[Future[_R]] = deque()
    source, failure = iter(items), None
    try:
        while failure is None:
            while pending and (pending[0].done() or len(pending) >= _IN_FLIGHT * threads):
                yield pending.popleft().result()
            try:
                item = next(source)
            except StopIteration:
                break
            except Exception as err:  # the caller's own error: what was read before it is still answered
                failure = err
            else:
                pending.append(pool.submit(function, item))
        while pending:
            yield pending.popleft().result()
        if failure is not None:
            raise failure
    finally:
        pool.shutdown(cancel_futures=True)
