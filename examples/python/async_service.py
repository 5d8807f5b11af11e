"""Tag inside an asyncio service: a bounded queue in front of a few threads, and a plain refusal when it is full.

    python async_service.py

The event loop never waits for the model, and a burst of requests costs a queue's length of memory and no more.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from minshi import Document, Tagger

WORKERS, WAITING = 2, 8
Request = tuple[str, "asyncio.Future[Document]"]


class Busy(Exception):
    """The queue is full, or the service has stopped: answer 503 and let the client come again."""


class Service:
    """`await service.tag(text)` from any number of tasks; what has no answer when the service stops is cancelled."""

    def __init__(self, tagger: Tagger, pool: ThreadPoolExecutor) -> None:
        self._tagger, self._pool = tagger, pool
        self._queue: asyncio.Queue[Request] = asyncio.Queue(WAITING)
        self._is_closed = False

    async def tag(self, text: str) -> Document:
        """Return the tagged document; raises Busy at once if too many wait."""
        if self._is_closed:
            raise Busy
        answer = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((text, answer))
        except asyncio.QueueFull:
            raise Busy from None
        return await answer

    async def work(self) -> None:
        """Answer one request after the other, those that were given up left out."""
        while True:
            text, answer = await self._queue.get()
            if answer.cancelled():
                continue
            try:
                doc = await asyncio.get_running_loop().run_in_executor(self._pool, self._tagger.tag, text)
            except asyncio.CancelledError:
                answer.cancel()
                raise
            except Exception as err:  # it belongs to whoever asked, not to this worker
                if not answer.done():
                    answer.set_exception(err)
            else:
                if not answer.done():
                    answer.set_result(doc)

    def close(self) -> None:
        """Refuse what still comes, and cancel what is queued: no worker is left for it."""
        self._is_closed = True
        while not self._queue.empty():
            _, answer = self._queue.get_nowait()
            answer.cancel()


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Service]:
    """Start the service, and stop it with the block."""
    with ThreadPoolExecutor(WORKERS) as pool:
        service = Service(Tagger.load(threads=1), pool)  # loaded before the first request, one thread a call
        workers = [asyncio.create_task(service.work()) for _ in range(WORKERS)]
        try:
            yield service
        finally:
            service.close()
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)


async def main() -> None:
    """Ask for more than the queue holds, all at once."""
    async with running() as service:
        asked = [service.tag(f"第{number}号申请人鲁春生，电话13900001234。") for number in range(20)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    tagged = [answer for answer in answers if isinstance(answer, Document)]
    print(f"{len(tagged)} answered, {sum(isinstance(answer, Busy) for answer in answers)} refused")
    print([span.label for span in tagged[0].spans])


if __name__ == "__main__":
    asyncio.run(main())
