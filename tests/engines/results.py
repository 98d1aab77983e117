"""What a run left in its store, read as the runtime reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlc_runtime import layout
from mlc_runtime.ledger import StoreLedger, find_journal
from mlc_runtime.plan import Plan
from mlc_runtime.prepare import read_bind
from mlc_runtime.record import Record
from mlc_runtime.run import Run
from mlc_runtime.store.store import Store
from mlc_runtime.values import decode


@dataclass(frozen=True)
class Results:
    """What a run left in its store.

    Attributes:
        run: the run, as the runtime sees it.
    """

    run: Run

    @property
    def summary(self) -> dict[str, Any]:
        """How the run ended."""
        data = self.run.store.get(layout.summary(self.run.name))
        assert data is not None, "no summary"
        found: dict[str, Any] = json.loads(data)
        return found

    def value(self, step: str, port: str, **at: Any) -> Any:
        """What a task gave at a port."""
        record = self.run.ledger.record(self.run.object(self.run.plan.by_name[step], at))
        assert record is not None, f"{step} has no result for {at}"
        return decode(record.outputs[port], self.run.store)

    def contents(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The digests of what tasks gave, by step and key: of models, only that there is one."""
        return {
            (step, record.key): {port: one.kind == "model" or one.content for port, one in record.outputs.items()}
            for step, record in self.records()
        }

    def records(self) -> Iterator[tuple[str, Record]]:
        """The records of all tasks, with the names of their steps."""
        for step in self.run.plan.steps:
            for at in self.run.space(step.name):
                record = self.run.ledger.record(self.run.object(step, at))
                assert record is not None, (step.name, at)
                yield step.name, record


def results(plan: Plan, name: str, store: Store, root: Path) -> Results:
    """The results of a run, of an engine or on this machine."""
    bind = read_bind(store, name)
    assert bind is not None, "the run was not prepared"
    return Results(Run(plan, bind, store, StoreLedger(store, name, find_journal(store)), name, root))
