"""One worker thread answers requests; those that come while it is busy are answered together, in one go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlc_runtime.serving.answer import Answer

if TYPE_CHECKING:
    import pyarrow as pa

    from mlc_runtime.serving.service import Service

WAITING = 1_000
"""Requests that may wait; another one is turned away, so that those that wait are answered in time."""
TOGETHER = 2_000
"""Rows that are answered in one go at most."""


class BusyError(Exception):
    """More requests wait than can be answered in time."""


@dataclass
class _Asked:
    rows: pa.Table
    answer: asyncio.Future[Answer]


class Batcher:
    """Collects requests for a service.

    Args:
        service: gives the one that answers them.
    """

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service
        self._queue: asyncio.Queue[_Asked] = asyncio.Queue(WAITING)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="answer")
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Batcher:
        """Begin to answer."""
        self._task = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End once nothing waits."""
        await self._queue.join()
        assert self._task is not None
        self._task.cancel()
        self._thread.shutdown()

    async def ask(self, rows: pa.Table) -> Answer:
        """The answers to the rows of one request.

        Raises:
            BusyError: too many wait.
        """
        asked = _Asked(rows, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(asked)
        except asyncio.QueueFull as error:
            raise BusyError from error
        return await asked.answer

    async def _work(self) -> None:
        while True:
            batch = [await self._queue.get()]
            count = batch[0].rows.num_rows
            while not self._queue.empty() and count < TOGETHER:
                batch.append(self._queue.get_nowait())
                count += batch[-1].rows.num_rows
            batch = [asked for asked in batch if not asked.answer.cancelled()] or batch[:1]
            answers = await asyncio.get_running_loop().run_in_executor(self._thread, self._answers, batch)
            for asked, answer in zip(batch, answers, strict=True):
                if asked.answer.done():
                    pass  # its caller gave up
                elif isinstance(answer, Exception):
                    asked.answer.set_exception(answer)
                else:
                    asked.answer.set_result(answer)
            for _ in range(count and len(batch)):
                self._queue.task_done()

    def _answers(self, batch: list[_Asked]) -> list[Answer | Exception]:
        """Answers to all; where that fails, to each alone, so that a bad request disturbs no other."""
        import pyarrow as pa

        try:
            whole = self._service().answer(pa.concat_tables([asked.rows for asked in batch]), _now())
        except Exception as error:  # noqa: BLE001 - whatever user code raises is told to its caller
            if len(batch) == 1:
                return [error]
            return [answer for asked in batch for answer in self._answers([asked])]
        parts, start = list[Answer | Exception](), 0
        for asked in batch:
            parts.append(whole.part(start, asked.rows.num_rows))
            start += asked.rows.num_rows
        return parts


def _now() -> int:
    return time.time_ns() // 1000
