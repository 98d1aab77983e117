"""Targets: packages that turn a plan and an environment into files, and may also run what they made.

They are found through the entry-point group `mlc.targets`; ours have no privilege over anyone else's, and the
compiler names none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from mlc_compiler.passes.facts import Limits
from mlc_runtime.plan import Plan

if TYPE_CHECKING:
    from mlc_compiler.diagnostics.diagnostic import Diagnostic
    from mlc_compiler.plan.certify import Limit

GROUP = "mlc.targets"


@runtime_checkable
class Target(Protocol):
    """What a target offers.

    Attributes:
        name: as in `--target NAME`.
        version: of the target's package.
        title: what it is, in a clause.

    One that starts a process for each tile of a step says what that costs by an attribute `costs`, the `Limits` that
    the passes decide by; without it, they take those of this machine.
    """

    name: str
    version: str
    title: str

    def compile(self, plan: Plan, environment: Mapping[str, Any]) -> Mapping[str, bytes]:
        """The files, by path, in the order in which they are best read; the same for the same plan.

        Args:
            plan: as the environment's overrides have it.
            environment: the document as plain data, its overrides left out. Paths are relative to the project's folder.
        """
        ...


@dataclass(frozen=True)
class Files:
    """The names of the documents that a target's findings are about.

    Attributes:
        spec: the spec; origins of the plan's steps are paths in it.
        environment: the environment.
    """

    spec: str
    environment: str


@runtime_checkable
class Checker(Target, Protocol):
    """What a target offers that can tell, before it compiles, what it cannot do."""

    def check(self, plan: Plan, environment: Mapping[str, Any], files: Files) -> Sequence[Diagnostic]:
        """What is wrong with the target's settings, and what is asked for and would not be done."""
        ...


@runtime_checkable
class Limited(Target, Protocol):
    """What a target offers whose engine holds so much and no more.

    Attributes:
        capabilities: what the engine does with what a spec may ask for.
    """

    capabilities: Mapping[str, str]

    def limits(self, environment: Mapping[str, Any]) -> Sequence[Limit]:
        """The limits, in the order in which they are best read."""
        ...


@runtime_checkable
class Server(Target, Protocol):
    """What a target offers whose engine also answers requests."""

    def serve(self, plan: Plan, online: Sequence[Plan], environment: Mapping[str, Any]) -> Mapping[str, bytes]:
        """The files of a pipeline, with what answers for its online servings.

        Args:
            plan: as `compile` takes it.
            online: a plan for each online serving, see `mlc_runtime.serving`; `spec["serving"]` describes it.
            environment: as `compile` takes it.
        """
        ...


@dataclass(frozen=True)
class Lines:
    """Lines of a file that were written for an entry of the spec.

    Attributes:
        first: the first line, counted from 1.
        last: the last line.
        origin: the path of the entry in the spec.
    """

    first: int
    last: int
    origin: tuple[str | int, ...]


@runtime_checkable
class Traced(Target, Protocol):
    """What a target offers that can tell where what it wrote comes from."""

    def trace(self, plan: Plan, files: Mapping[str, bytes]) -> Mapping[str, Sequence[Lines]]:
        """The lines of each file that come from an entry of the spec."""
        ...


@runtime_checkable
class Runner(Target, Protocol):
    """What a target offers that also runs plans, and remembers what it ran."""

    def run(
        self,
        plan: Plan,
        *,
        root: Path,
        environment: Mapping[str, Any],
        store_path: str,
        jobs: int | None,
        parameters: Mapping[str, str],
        as_of: str | None,
        until: str | None,
        fresh: bool,
        recompute: bool,
    ) -> Any:
        """Run a plan to its end; see the target for what is given back."""
        ...

    def runs(self, store_path: str) -> Sequence[Mapping[str, Any]]:
        """The runs of a store, the latest first."""
        ...

    def show(self, store_path: str, run: str) -> Mapping[str, Any]:
        """One run, with its steps."""
        ...

    def steps(self, store_path: str, pipeline: str, run: str | None) -> Sequence[Mapping[str, Any]]:
        """The steps of a pipeline's run with their outputs."""
        ...

    def look(
        self,
        store_path: str,
        pipeline: str,
        step: str,
        *,
        run: str | None,
        port: str | None,
        at: Mapping[str, str],
        rows: int,
        out: Path | None,
    ) -> Mapping[str, Any]:
        """One output of one task of a run, written to a file where one is named."""
        ...


def costs_of(target: Target) -> Limits:
    """What a target costs and allows, for the passes."""
    costs: Limits = getattr(target, "costs", Limits())
    return costs


class EngineError(Exception):
    """An engine that did not do what it was asked.

    Attributes:
        message: what is wrong, terse, lower-case, names in backticks.
        help: how to mend it.
        reached: whether the engine answered.
    """

    def __init__(self, message: str, help: str = "", *, reached: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.reached = reached


@dataclass(frozen=True)
class StepState:
    """How a step stands on an engine.

    Attributes:
        name: the step's name, or that of the target's own part of a run.
        phase: the engine's word.
        tiles: how many of its tiles were started.
        done: how many of them ended well.
        attempts: how often the machine failed them.
        messages: what the engine says about those that did not end well, each once.
        origin: the path in the spec that it comes from; none for the target's own parts.
    """

    name: str
    phase: str
    tiles: int = 0
    done: int = 0
    attempts: int = 0
    messages: tuple[str, ...] = ()
    origin: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class RunState:
    """How a run stands on an engine.

    Attributes:
        run: its name.
        phase: the engine's word, empty where the engine has not seen it.
        message: what the engine says.
        ended: whether nothing of it runs any more.
        succeeded: whether it ended well.
        steps: its steps, in the plan's order.
    """

    run: str
    phase: str
    message: str
    ended: bool
    succeeded: bool
    steps: tuple[StepState, ...] = ()


@runtime_checkable
class Submitter(Target, Protocol):
    """What a target offers that hands runs to its engine and follows them.

    Each may raise `EngineError`. The environment is the document as plain data, as `compile` takes it.
    """

    def submit(
        self,
        plan: Plan,
        online: Sequence[Plan],
        environment: Mapping[str, Any],
        parameters: Mapping[str, str],
        as_of: str | None,
    ) -> str:
        """Install or update the pipeline, with its servers where it is a `Server`, and start a run; its name."""
        ...

    def status(self, run: str, environment: Mapping[str, Any]) -> RunState:
        """How a run stands."""
        ...

    def logs(self, run: str, environment: Mapping[str, Any], step: str | None) -> Iterator[tuple[str, str]]:
        """What the processes of a run, or of one step of it, printed: who, and a line."""
        ...

    def stop(self, run: str, environment: Mapping[str, Any]) -> None:
        """Begin nothing more; what is finished is kept."""
        ...

    def resume(self, run: str, environment: Mapping[str, Any]) -> str:
        """Start a run of the pipeline as it is installed now that does what another one left undone; its name."""
        ...


def target_names() -> tuple[str, ...]:
    """The names of the targets that are installed, sorted; none is imported."""
    return tuple(sorted({point.name for point in _points()}))


def load_target(name: str) -> Target:
    """Import a target.

    Raises:
        KeyError: none of this name is installed.
        ImportError: one is, and a library that it needs is not.
    """
    for point in _points():
        if point.name == name:
            found: Target = point.load()
            return found
    raise KeyError(name)


def _points() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))
