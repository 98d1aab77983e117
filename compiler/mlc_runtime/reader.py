"""What tasks read: the contents and the values of other tasks' outputs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlc_runtime.context import Collected
from mlc_runtime.errors import IncompleteError
from mlc_runtime.keys import MISSING, Input
from mlc_runtime.plan import PlanStep
from mlc_runtime.record import Record
from mlc_runtime.run import Link, Run
from mlc_runtime.space import Coordinates
from mlc_runtime.values import LostError, decode

_RECORDS = 1_000  # read ones that are kept: what many tasks read is parsed once

Remake = Callable[[PlanStep, PlanStep, Coordinates], Mapping[str, Any]]
"""Makes a lost result again: (the step that reads it, the step that made it, its coordinates) -> values by port."""


@dataclass
class Reader:
    """Reads the inputs of tasks in one process.

    Attributes:
        run: the run.
        cache_bytes: how much of decoded tables is kept, so that a hundred fits on one table read it once.
        remake: makes what is lost.
        made: values by name of the object and port that the running task has in hand, stored or not.
    """

    run: Run
    cache_bytes: int
    remake: Remake
    made: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _cache: OrderedDict[str, tuple[Any, int]] = field(default_factory=OrderedDict)
    _cached: int = 0
    _records: dict[str, Record] = field(default_factory=dict)

    def contents(self, links: list[Link]) -> list[Input]:
        """The digests of what edges read, in the form of a key's inputs."""
        return [(link.edge.port, self._content(link)) for link in links]

    def values(self, step: PlanStep, links: list[Link]) -> dict[str, Any]:
        """What a step's operation gets, by port."""
        return {link.edge.port: self._value(step, link) for link in links}

    def record(self, step: PlanStep, at: Coordinates) -> Record:
        """The record of a task.

        Raises:
            IncompleteError: it has none.
        """
        name = self.run.object(step, at)
        record = self._records.get(name) or self.run.ledger.record(name)
        if record is None:
            raise IncompleteError("MLC958", f"`{step.name}` has not run for {dict(at)}", "It is read before it ended.")
        self.remember(step, name, record)
        return record

    def remember(self, step: PlanStep, name: str, record: Record) -> None:
        """Keep a record at hand, where it will stand as long as the run lasts."""
        if step.pure and not step.effect and step.name not in self.run.unsettled:
            if len(self._records) > _RECORDS:
                self._records.clear()
            self._records[name] = record

    def forget(self, name: str) -> None:
        """Read the record under a name anew: another one was written in its place."""
        self._records.pop(name, None)

    def _content(self, link: Link) -> Any:
        producer = self.run.plan.by_name[link.edge.step]

        def content(at: Coordinates | None) -> str:
            if at is None or self.run.missing(producer, at):
                return MISSING
            return self.record(producer, at).outputs[link.edge.out].content

        if not link.edge.over:
            return content(link.tasks[0][1])
        return MISSING if link.poisoned else [(record, content(at)) for record, at in link.tasks]

    def _value(self, step: PlanStep, link: Link) -> Any:
        producer = self.run.plan.by_name[link.edge.step]
        if not link.edge.over:
            at = link.tasks[0][1]
            return None if at is None or self.run.missing(producer, at) else self._read(step, producer, at, link)
        if link.poisoned:
            return None
        collected: Collected = [
            (record, self._read(step, producer, at, link))
            for record, at in link.tasks
            if at is not None and not self.run.missing(producer, at)
        ]
        return collected

    def _read(self, reader: PlanStep, step: PlanStep, at: Coordinates, link: Link) -> Any:
        """The value of a task's port: in hand, cached, stored, or made again where it was lost."""
        name, port = self.run.object(step, at), link.edge.out
        if port in self.made.get(name, {}):
            return self.made[name][port]
        output = self.record(step, at).outputs[port]
        if output.sum is not None and output.sum in self._cache:
            self._cache.move_to_end(output.sum)
            return self._cache[output.sum][0]
        try:
            value = decode(output, self.run.store)
        except LostError:
            return self.remake(reader, step, at)[port]
        if output.kind == "table" and output.sum is not None:
            self._cache[output.sum] = value, output.size
            self._cached += output.size
            while self._cached > self.cache_bytes:
                self._cached -= self._cache.popitem(last=False)[1][1]
        return value
