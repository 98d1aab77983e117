"""Run tasks: look the result up by key, else by the content of the inputs, else make it; then commit it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from mlc_runtime import layout
from mlc_runtime.context import Context
from mlc_runtime.errors import InfrastructureError, InvalidInputError, StepError
from mlc_runtime.execute import Attempt, execute, load_operation
from mlc_runtime.keys import digest, object_name, shallow_key
from mlc_runtime.narrow import narrowed
from mlc_runtime.plan import Plan, PlanStep
from mlc_runtime.produced import encode_outputs
from mlc_runtime.reader import Reader
from mlc_runtime.record import Failure, Record
from mlc_runtime.run import Link, Run
from mlc_runtime.scratch import claim
from mlc_runtime.space import Coordinates
from mlc_runtime.values import Output, decode

Status = Literal["done", "stored", "same", "shared", "failed", "missing"]


@dataclass(frozen=True)
class Outcome:
    """How a task stands.

    Attributes:
        key: its key.
        status: `done` (it ran), `stored` (its result was there), `same` (the result of equal inputs was taken over),
            `shared` (either, where the result is of this very run: an equal task made it), `failed`, or `missing` (an
            input is).
        record: its result.
        failure: why it has none.
        differs: the ports at which running it again gave another value than the recorded one.
        members: how the tasks stand that ran within it, by step.
    """

    key: str
    status: Status
    record: Record | None = None
    failure: Failure | None = None
    differs: tuple[str, ...] = ()
    members: Mapping[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class _Unmade:
    """A task that has to run.

    Attributes:
        links: what it reads.
        blank: its record, but for its outputs.
        fallen: whether one stands that says no more what is so.
    """

    links: list[Link]
    blank: Record
    fallen: bool


@dataclass
class TaskRunner:
    """Runs the tasks of one run in this process.

    Attributes:
        run: the run.
        recompute: whether tasks run though their results are known, to compare values.
        cache_bytes: how much of decoded tables is kept.
        wait: waits some seconds between attempts.
    """

    run: Run
    recompute: bool = False
    cache_bytes: int = 256 << 20
    wait: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self._reader = Reader(self.run, self.cache_bytes, self._remake)
        self._scratch = claim("task")
        self._sent = _sent(self.run.plan)

    def run_task(self, name: str, coordinates: Coordinates) -> Outcome:
        """Run one task of a step, with the members that live inside it.

        Raises:
            IncompleteError: something that it reads has not ended.
            InfrastructureError: the store or a connection failed; try again.
            InvalidInputError: the plan, the versions or a lost object forbid it.
        """
        try:
            step = self.run.plan.by_name[name]
            inside = {member: self._member(member, coordinates) for member in step.members}
            return replace(self._run(step, coordinates), members=inside)
        finally:
            self._reader.made.clear()

    def settle(self, name: str, coordinates: Coordinates) -> Outcome | None:
        """How a task stands without being run; None where only running it can tell.

        Raises:
            IncompleteError: something that it reads has not ended.
            InfrastructureError: the store failed; try again.
        """
        found = self._settle(self.run.plan.by_name[name], coordinates)
        return found if isinstance(found, Outcome) else None

    def given(self, name: str, coordinates: Coordinates) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the operation of a task is given: its inputs by port, and its parameters."""
        step = self.run.plan.by_name[name]
        return self._given(step, coordinates, self.run.links(step, coordinates))

    def _member(self, member: str, coordinates: Coordinates) -> Outcome:
        """Run a step within the task of another: what it gives is at hand there, stored or not."""
        step = self.run.plan.by_name[member]
        return self._run(step, self.run.at(step, coordinates))

    def _run(self, step: PlanStep, coordinates: Coordinates) -> Outcome:
        found = self._settle(step, coordinates)
        return found if isinstance(found, Outcome) else self._make(step, coordinates, found)

    def _settle(self, step: PlanStep, coordinates: Coordinates) -> Outcome | _Unmade:
        """How a task stands, or what is known of it before it runs."""
        run, key = self.run, self.run.key(step, coordinates)
        failure = run.failure(step, coordinates)
        if failure is not None:
            return _lost(failure)
        name = object_name(key, step.part)
        record = run.ledger.record(name) or self._whole(step, name, key)
        links = run.links(step, coordinates) if record is None or step.effect or step.name in run.unsettled else []
        fallen = record is not None and not self._stands(step, coordinates, links, record)
        if record is not None and not fallen and not self.recompute:
            return Outcome(key, "shared" if record.run == run.name else "stored", record)
        links = links or run.links(step, coordinates)
        absent = self._absent(links)
        if absent:
            return self._fail(Failure(key, step.name, coordinates, "missing", absent))
        contents = self._reader.contents(links)
        facts, params = run.facts(step), run.params_digest(step, coordinates)
        shallow = shallow_key(step.static, params, facts, contents, run.place(step, coordinates))
        record = None if self.recompute else self._same(step, shallow)
        if record is not None:
            taken = replace(record, key=key, shallow=shallow, run=run.name, seconds=0.0)
            status: Status = "shared" if record.run == run.name else "same"
            return Outcome(key, status, self._keep(name, taken, fallen=fallen))
        inputs = {port: digest(content) for port, content in contents}
        blank = Record(key, shallow, step.op, {}, inputs, facts, run.name, time.time_ns() // 1000)
        return _Unmade(links, blank, fallen)

    def _whole(self, step: PlanStep, name: str, key: str) -> Record | None:
        """The result of a step of which a part is wanted, where a run without that wish has stored the whole."""
        if step.part is None or self.recompute:
            return None
        whole = self.run.ledger.record(key)
        return None if whole is None else self.run.ledger.commit(name, whole)

    def _stands(self, step: PlanStep, coordinates: Coordinates, links: list[Link], record: Record) -> bool:
        """Whether a record still says what is so: an effect may have been undone, and then what was made from it.

        A run whose pools agreed may have kept the record alone: who reads it from elsewhere now cannot make it again.
        And what was asked for has to be there itself, since nobody's reading it would tell that it is lost.
        """
        read = step.name in self._sent or (step.root and step.policy.store != "skip")
        if read and step.pure and not step.effect and not self._stored(record):
            return False
        if step.name in self.run.unsettled:
            now = {} if self._absent(links) else dict(self._reader.contents(links))
            if {port: digest(content) for port, content in now.items()} != record.inputs:
                return False
        stands = getattr(load_operation(step.op, self.run.root), "stands", None) if step.effect else None
        if stands is None:
            return True
        params = self.run.params(step, coordinates)
        outputs = {port: output.inline for port, output in record.outputs.items()}
        return bool(stands(outputs, params, self._context(step, coordinates, links, params)))

    def _keep(self, name: str, record: Record, *, fallen: bool) -> Record:
        """Write a record, in place of one that says no more what is so; the record that stands then."""
        if not fallen:
            return self.run.ledger.commit(name, record)
        self._replace(name, record)
        return record

    def _replace(self, name: str, record: Record) -> None:
        self.run.ledger.replace(name, record)
        self._reader.forget(name)

    def _make(self, step: PlanStep, coordinates: Coordinates, unmade: _Unmade) -> Outcome:
        """Run the operation until it succeeds or its attempts are used up, and commit."""
        policy, blank = step.policy, unmade.blank
        for number in range(1, policy.retry + 2):
            if number > 1:
                self.wait(min(policy.backoff * 2 ** (number - 2), policy.backoff_max) / 1e6)
            attempt, outputs = self._attempt(step, coordinates, unmade.links)
            if outputs is not None or attempt.hopeless:
                break
        if attempt.log:
            self.run.store.put(layout.log(self.run.name, blank.key), attempt.log.encode("utf-8", "replace"))
        seconds = round(attempt.seconds, 6)
        if outputs is not None:
            made = replace(blank, outputs=outputs, seconds=seconds, attempts=number)
            return self._commit(step, made, fallen=unmade.fallen)
        return self._fail(
            Failure(
                blank.key,
                step.name,
                coordinates,
                "failed",
                attempt.error,
                attempt.code,
                attempt.help,
                attempt.traceback,
                seconds,
                number,
            )
        )

    def _attempt(
        self, step: PlanStep, coordinates: Coordinates, links: list[Link]
    ) -> tuple[Attempt, dict[str, Output] | None]:
        """One attempt, and its outputs encoded where it succeeded."""
        inputs, params = self._given(step, coordinates, links)
        context = self._context(step, coordinates, links, params)
        try:
            attempt = execute(step.op, inputs, params, context)
            if attempt.outputs is None:
                return attempt, None
            made = narrowed(attempt.outputs, step, context)
            outputs = encode_outputs(self.run, step, coordinates, made)
        except (InfrastructureError, InvalidInputError):
            raise
        except StepError as error:
            return replace(attempt, error=error.message, code=error.code, help=error.help, hopeless=True), None
        finally:
            _empty(context.workdir)
        self._reader.made[self.run.object(step, coordinates)] = {
            port: made.get(port) for port, output in outputs.items() if output.kind != "file"
        }
        return attempt, outputs

    def _given(
        self, step: PlanStep, coordinates: Coordinates, links: list[Link]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        inputs = self._reader.values(step, links)
        params = self.run.params(step, coordinates)
        if step.want is not None:
            params["want"] = list(step.want)
        if step.where is not None:
            params["bounds"] = step.where.bounds
        return inputs, params

    def _commit(self, step: PlanStep, record: Record, *, fallen: bool) -> Outcome:
        name = object_name(record.key, step.part)
        standing = self._keep(name, record, fallen=fallen)
        self.run.settle(name)
        self._reader.remember(step, name, standing)
        if step.pure and not step.effect:
            self.run.ledger.alias(object_name(record.shallow, step.part), name)
        if self.run.checkpoints is not None and step.policy.checkpoint:
            shutil.rmtree(self.run.checkpoints / record.key, ignore_errors=True)
        return Outcome(record.key, "done", standing, differs=record.differs(standing))

    def _fail(self, failure: Failure) -> Outcome:
        self.run.ledger.fail(failure)
        return _lost(failure)

    def _absent(self, links: list[Link]) -> str:
        """Which input is missing, in a line; empty where none is that matters."""
        for link in links:
            edge = link.edge
            if edge.missing:
                continue
            if edge.over:
                if self.run.excessive(link):
                    return f"`{edge.port}` lost more of `{edge.step}` than it tolerates"
            elif self.run.missing(self.run.plan.by_name[edge.step], link.tasks[0][1]):
                return f"`{edge.port}` reads `{edge.step}`, which has no result"
        return ""

    def _same(self, step: PlanStep, shallow: str) -> Record | None:
        """The result of inputs of equal content, where it is whole."""
        if step.effect or not step.pure:
            return None
        record = self.run.ledger.same(object_name(shallow, step.part))
        if record is None or step.policy.store == "skip":
            return record
        return record if self._stored(record) else None

    def _stored(self, record: Record) -> bool:
        """Whether the bytes that a record names are there."""
        blobs = (layout.blob(o.sum, o.suffix) for o in record.outputs.values() if o.sum is not None)
        return all(map(self.run.store.has, blobs))

    def _remake(self, reader: PlanStep, step: PlanStep, at: Coordinates) -> Mapping[str, Any]:
        """Make a result again, in this process, from the nearest ancestors that are stored; its values by port."""
        here = (step.policy.pool, step.policy.image) == (reader.policy.pool, reader.policy.image)
        if step.effect or not step.pure or not here:
            raise InvalidInputError(
                "MLC955",
                f"the result of `{step.name}` for {dict(at)} is lost and cannot be made again in `{reader.name}`",
                "Run the pipeline again: what is lost is then made by its own step.",
            )
        links = self.run.links(step, at)
        self._bring(links)
        attempt, outputs = self._attempt(step, at, links)
        if outputs is None:
            raise InvalidInputError(
                "MLC955",
                f"the result of `{step.name}` for {dict(at)} is lost, and making it again failed",
                attempt.error,
            )
        name, recorded = self.run.object(step, at), self._reader.record(step, at)
        if step.policy.store != "skip" and outputs != recorded.outputs:
            self._replace(name, replace(recorded, outputs=outputs))
        made = self._reader.made[name]
        return {port: made[port] if port in made else decode(o, self.run.store) for port, o in outputs.items()}

    def _bring(self, links: list[Link]) -> None:
        """Run what edges read and this run left out, since all that reads it had its results."""
        for link in links:
            producer = self.run.plan.by_name[link.edge.step]
            for _, at in link.tasks:
                if at is None or self.run.failure(producer, at) is not None:
                    continue
                if self.run.ledger.record(self.run.object(producer, at)) is None:
                    self._bring(self.run.links(producer, at))
                    self._run(producer, at)

    def _context(
        self,
        step: PlanStep,
        coordinates: Coordinates,
        links: list[Link],
        params: Mapping[str, Any],
    ) -> Context:
        """The task's surroundings: only those run parameters that are in its key, and the seed that is."""
        keys = {
            link.edge.port: self.run.key(self.run.plan.by_name[link.edge.step], at)
            for link in links
            for _, at in link.tasks
            if at is not None and not link.edge.over
        }
        workdir, checkpoint = Path(self._scratch.name), None
        if step.policy.checkpoint:
            checkpoint = (self.run.checkpoints or workdir) / self.run.key(step, coordinates)
            checkpoint.mkdir(parents=True, exist_ok=True)
        return Context(
            parameters={name: self.run.bind["parameters"][name] for name in self.run.holes(step, "$param")},
            timezone=self.run.timezone(step),
            seed=params.get("seed", 0),
            root=self.run.root,
            environment=self.run.environment,
            workdir=workdir,
            checkpoint=checkpoint,
            exchange=self.run.exchange,
            coordinates=coordinates,
            keys=keys,
            store=self.run.store,
            run=self.run.name,
            step=step.name,
        )


def _sent(plan: Plan) -> frozenset[str]:
    """The steps whose results are read in another pool or image."""
    policies = {step.name: (step.policy.pool, step.policy.image) for step in plan.steps}
    return frozenset(
        edge.step for step in plan.steps for edge in step.inputs if policies[edge.step] != policies[step.name]
    )


def _lost(failure: Failure) -> Outcome:
    return Outcome(failure.key, "missing" if failure.kind == "missing" else "failed", failure=failure)


def _empty(folder: Path) -> None:
    """Remove what is in a folder, and keep the folder, which is quicker than another one for each task."""
    try:
        items = list(os.scandir(folder))
    except FileNotFoundError:  # the task removed it, and the next one needs it
        folder.mkdir(parents=True)
        return
    for item in items:
        if item.is_dir(follow_symlinks=False):
            shutil.rmtree(item, ignore_errors=True)
        else:
            Path(item).unlink(missing_ok=True)
