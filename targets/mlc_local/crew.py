"""The workers of a run: how many there may be, with how many threads, and who may take what now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_local import process
from mlc_local.machine import this_machine
from mlc_local.messages import Begin, Grant, Setup
from mlc_local.needs import Needs
from mlc_local.process import Worker


class Crew:
    """Workers, started when there is something for them to do and kept while it fits them.

    What a task asks for is set against the machine: the CPUs of all running tasks are `jobs` at most, their memory is
    the machine's at most, and one task at a time uses GPUs. A task that asks for more than there is runs by itself.

    Args:
        setup: what every worker hears first.
        jobs: how many tasks of one CPU may run at once.
        memory: of this machine, in bytes.
    """

    def __init__(self, setup: Setup, jobs: int, memory: int | None = None) -> None:
        self.workers: list[Worker] = []
        self._setup = setup
        self._jobs = jobs
        self._memory = this_machine().memory if memory is None else memory
        self._bind: Mapping[str, Any] | None = None

    @property
    def busy(self) -> bool:
        """Whether a worker has a grant in hand."""
        return any(worker.grants for worker in self.workers)

    @property
    def supplied(self) -> bool:
        """Whether every worker has a second grant in hand, after the one that it is at."""
        return bool(self.workers) and all(len(worker.grants) > 1 for worker in self.workers)

    def start(self, threads: int = 1) -> Worker:
        """Start a worker."""
        worker = process.start(threads)
        self.workers.append(worker)
        worker.send(self._setup)
        if self._bind is not None:
            worker.send(Begin(self._bind))
        return worker

    def begin(self, bind: Mapping[str, Any]) -> None:
        """Tell all workers the facts of the run, those that start later too."""
        self._bind = bind
        for worker in self.workers:
            worker.send(Begin(bind))

    def free(self, needs: Needs) -> Worker | None:
        """A worker without a grant that may take a task with these needs now, started if need be."""
        if not self._admits(needs):
            return None
        idle = [worker for worker in self.workers if not worker.grants]
        fitting = [worker for worker in idle if worker.threads == needs.threads]
        if fitting:
            return fitting[0]
        if idle and len(self.workers) >= self._jobs:
            self.workers.remove(idle[0])
            idle[0].end()
        return self.start(needs.threads)

    def ahead(self, needs: Needs) -> Worker | None:
        """A worker with one grant in hand that may be given a second one like it, so that it need not wait."""
        for worker in self.workers:
            if worker.needs == needs and len(worker.grants) == 1 and not needs.alone:
                return worker
        return None

    def hand(self, worker: Worker, grant: Grant, needs: Needs) -> None:
        """Give a worker a grant."""
        worker.needs = needs
        worker.grants.append(grant)
        worker.send(grant)

    def remove(self, worker: Worker) -> None:
        """Forget a worker that died or was killed."""
        self.workers.remove(worker)
        worker.bury()

    def stop(self) -> None:
        """Have no worker start another task."""
        for worker in self.workers:
            worker.note.stop()

    def close(self) -> None:
        """End all workers."""
        for worker in self.workers:
            if worker.grants:
                worker.kill()
                worker.bury()
            else:
                worker.end()
        self.workers.clear()

    def _admits(self, needs: Needs) -> bool:
        running = [worker.needs for worker in self.workers if worker.grants]
        if not running:
            return True
        return (
            not needs.alone
            and not any(one.alone for one in running)
            and sum(one.threads for one in running) + needs.threads <= self._jobs
            and sum(one.memory for one in running) + needs.memory <= self._memory
            and not (needs.gpu and any(one.gpu for one in running))
        )
