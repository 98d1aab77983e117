"""Jobs on their way: what waits for what, what runs, and what an end means for others."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from tests.engines.aws.server.job import (
    FAILED,
    PENDING,
    RUNNABLE,
    SUCCEEDED,
    Job,
    now,
)
from tests.engines.aws.server.retry import Ended

_UNMET = "Dependent Job failed"


class Dispatcher:
    """Runs jobs once what they depend on has succeeded, so many at a time."""

    def __init__(self, slots: int, run: Callable[[Job], Ended]) -> None:
        self._run = run
        self._lock = threading.RLock()
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="job")
        self._dependents: dict[str, list[Job]] = defaultdict(list)

    def add(self, job: Job, needs: Iterable[Job]) -> None:
        """Take a job that runs after others have succeeded."""
        with self._lock:
            for need in needs:
                if need.status == FAILED:
                    self._end(job, FAILED, _UNMET)
                if not need.ended:
                    job.blockers.add(need.id)
                    self._dependents[need.id].append(job)
            if job.blockers:
                job.status = PENDING
            elif not job.ended:
                self._start(job)

    def stop(self, job: Job, reason: str) -> None:
        """End a job, or all children of an array, whether they run or not."""
        with self._lock:
            for each in job.children or [job]:
                if each.ended:
                    continue
                each.stop_reason = reason
                each.stopping.set()
                if each.status in {PENDING, RUNNABLE}:
                    self._end(each, FAILED, reason)

    def _start(self, job: Job) -> None:
        job.status = RUNNABLE
        if job.parent is not None:
            job.parent.status = PENDING
        if _fits(job):
            self._pool.submit(self._work, job)

    def _work(self, job: Job) -> None:
        if job.ended:  # stopped while it waited for its turn
            return
        try:
            ended = self._run(job)
        except Exception as error:  # noqa: BLE001  # the engine's own mistake must not look like a job that waits
            ended = Ended(None, "", f"the engine failed: {error!r}")
        with self._lock:
            self._end(job, SUCCEEDED if ended.succeeded else FAILED, ended.status_reason)

    def _end(self, job: Job, status: str, reason: str) -> None:
        ending = deque([(job, status, reason)])
        while ending:
            job, status, reason = ending.popleft()
            if job.ended:
                continue
            job.status, job.status_reason, job.stopped = status, reason, now()
            for dependent in self._dependents.pop(job.id, ()):
                if status == FAILED:
                    ending.append((dependent, FAILED, _UNMET))
                    continue
                dependent.blockers.discard(job.id)
                if not dependent.blockers and dependent.status == PENDING:
                    self._start(dependent)
            parent = job.parent
            if parent is not None and all(child.ended for child in parent.children):
                failed = any(child.status == FAILED for child in parent.children)
                ending.append((parent, FAILED, "Array Child Job failed") if failed else (parent, SUCCEEDED, ""))


def _fits(job: Job) -> bool:
    """Whether any compute environment of its queue is large enough; otherwise it waits for ever, as on AWS."""
    most = max(int((each.compute_resources or {}).get("maxvCpus", 0)) for each in job.queue.environments)
    return float(job.resources["VCPU"]) <= most
