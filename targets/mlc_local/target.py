"""The target `local`: runs plans on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlc_local import engine, history, result
from mlc_local.progress import Progress
from mlc_local.result import RunResult
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.plan import Plan, dump
from mlc_runtime.run import Run


class LocalTarget:
    """Runs plans by worker processes on this machine."""

    name = "local"
    version = "1"
    title = "this machine, by worker processes"

    def compile(self, plan: Plan, environment: Mapping[str, Any]) -> Mapping[str, bytes]:  # noqa: ARG002
        """The plan as it is: the same for every environment, since only the run needs to know where things are."""
        return {"plan.json": dump(plan)}

    def run(
        self,
        plan: Plan,
        *,
        root: Path,
        environment: Mapping[str, Any],
        store_path: str,
        jobs: int | None = None,
        parameters: Mapping[str, str] | None = None,
        as_of: str | None = None,
        until: str | None = None,
        fresh: bool = False,
        recompute: bool = False,
        progress: Progress | None = None,
    ) -> RunResult:
        """Run a plan, see `mlc_local.engine.run`.

        Raises:
            InvalidInputError: `MLC954` where the store is not a folder.
        """
        return engine.run(
            plan,
            root=root,
            environment=environment,
            store_path=_folder(store_path),
            jobs=jobs,
            parameters=parameters,
            as_of=as_of,
            until=until,
            fresh=fresh,
            recompute=recompute,
            progress=progress,
        )

    def values(self, state: Run, step: str, port: str) -> Sequence[tuple[Mapping[str, Any], Any]]:
        """What the tasks of a step gave at a port, with their coordinates."""
        return result.values(state, step, port)

    def runs(self, store_path: str) -> Sequence[Mapping[str, Any]]:
        """The runs of a store, the latest first."""
        return history.list_runs(_folder(store_path))

    def show(self, store_path: str, run: str) -> Mapping[str, Any]:
        """A run of a store, by its identifier or the beginning of it."""
        return history.show_run(_folder(store_path), run)


def _folder(store_path: str) -> Path:
    if "://" in store_path:
        raise InvalidInputError(
            "MLC954",
            f"the store `{store_path}` is not a folder",
            "This version keeps artifacts in folders: name one in the environment's `store`.",
        )
    return Path(store_path)


TARGET = LocalTarget()
