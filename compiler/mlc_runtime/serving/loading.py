"""A service that is on its way: what it answers to is known at once; its data and its models take their time."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from mlc_runtime import registry
from mlc_runtime.code import verify_code
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.ledger import StoreLedger, find_journal
from mlc_runtime.plan import Plan
from mlc_runtime.prepare import Site, prepare
from mlc_runtime.run import Run
from mlc_runtime.serving.service import Description, Service, load_description, standing_version
from mlc_runtime.serving.snapshot import make_snapshot, read_snapshot, snapshot_steps
from mlc_runtime.store.store import Store


@dataclass(frozen=True)
class Loading:
    """What a server in a container begins with.

    Attributes:
        plan: of one serving, as the compiler wrote it.
        store: where artifacts and models are.
        root: the project's folder.
        environment: connections and secrets.
        alias: which version of the serving's own model answers.
    """

    plan: Plan
    store: Store
    root: Path
    environment: Mapping[str, Any] = field(default_factory=dict)
    alias: str = registry.LIVE

    @cached_property
    def description(self) -> Description:
        """What it will answer to.

        Raises:
            InvalidInputError: `MLC950`, the plan is that of no serving.
        """
        try:
            return load_description(self.plan.spec["serving"])
        except (KeyError, TypeError) as error:
            raise InvalidInputError("MLC950", "the plan is that of no serving", "Compile the spec again.") from error

    def load(self) -> Service:
        """The service. A model is looked for first, since without one there is nothing to make a snapshot for.

        Raises:
            StepError: `MLC949`, no version of the model stands there; or what failed while the snapshot was made.
            InfrastructureError: the store or a connection is out of reach.
        """
        verify_code(self.plan.files, self.root)
        standing_version(self.store, self.description.model, self.alias)
        run = self._snapshot()
        return Service(
            self.description,
            self.plan,
            run.bind,
            read_snapshot(run),
            self.store,
            self.root,
            self.environment,
            self.alias,
        )

    def _snapshot(self) -> Run:
        """A run of this process's own of the steps that do not hang on a request; what others made is found by key."""
        fixed = replace(self.plan, steps=snapshot_steps(self.plan))
        name = f"serve-{self.description.name}-{socket.gethostname()}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"
        bind = prepare(fixed, name, Site(self.store, self.root, self.environment))
        ledger = StoreLedger(self.store, name, find_journal(self.store))
        run = Run(fixed, bind, self.store, ledger, name, self.root, self.environment)
        make_snapshot(run)
        return run
