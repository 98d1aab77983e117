"""Run tasks: look the result up by key, else by the content of the inputs, else make it; then commit it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from mlc_runtime import layout
from mlc_runtime.context import Collected, Context
from mlc_runtime.errors import IncompleteError, InvalidInputError, StepError
from mlc_runtime.execute import Attempt, execute
from mlc_runtime.keys import MISSING, Input, digest, object_name, shallow_key
from mlc_runtime.params import holes
from mlc_runtime.plan import PlanStep
from mlc_runtime.record import Failure, Record
from mlc_runtime.relation import as_object, from_index
from mlc_runtime.run import Link, Run
from mlc_runtime.space import Coordinates, Space
from mlc_runtime.values import LostError, Output, decode, encode, kind_of

Status = Literal["done", "stored", "same", "failed", "missing"]


@dataclass(frozen=True)
class Outcome:
    """How a task stands.

    Attributes:
        key: its key.
        status: `done` (it ran), `stored` (its result was there), `same` (the result of equal inputs was taken over),
            `failed`, or `missing` (an input is).
        record: its result.
        failure: why it has none.
        differs: the ports at which running it again gave another value than the recorded one.
    """

    key: str
    status: Status
    record: Record | None = None
    failure: Failure | None = None
    differs: tuple[str, ...] = ()


@dataclass
class TaskRunner:
    """Runs the tasks of one run in this process.

    Attributes:
        run: the run.
        recompute: whether tasks run though their results are known, to compare values.
        cache_bytes: how much of decoded tables is kept, so that a hundred fits on one table read it once.
        wait: waits some seconds between attempts.
    """

    run: Run
    recompute: bool = False
    cache_bytes: int = 256 << 20
    wait: Callable[[float], None] = time.sleep
    _cache: OrderedDict[str, Any] = field(default_factory=OrderedDict, init=False, repr=False)
    _made: dict[str, Mapping[str, Any]] = field(default_factory=dict, init=False, repr=False)

    def run_task(self, name: str, coordinates: Coordinates) -> Outcome:
        """Run one task of a step, with the members that live inside it.

        Raises:
            IncompleteError: something that it reads has not ended.
            InfrastructureError: the store or a connection failed; try again.
            InvalidInputError: the plan, the versions or a lost object forbid it.
        """
        try:
            return self._run(self.run.plan.by_name[name], coordinates)
        finally:
            self._made.clear()

    def _run(self, step: PlanStep, coordinates: Coordinates) -> Outcome:
        key = self.run.key(step, coordinates)
        failure = self.run.ledger.failure(key)
        if failure is not None:
            return Outcome(key, "missing" if failure.kind == "missing" else "failed", failure=failure)
        name = object_name(key, step.want)
        record = self.run.ledger.record(name)
        if record is not None and not self.recompute:
            return Outcome(key, "stored", record)
        links = self.run.links(step, coordinates)
        for link in links:
            if link.edge.step in step.members:
                for _, at in link.tasks:
                    if at is not None:
                        self._run(self.run.plan.by_name[link.edge.step], at)
        absent = self._absent(links)
        if absent:
            return self._fail(Failure(key, step.name, coordinates, "missing", absent))
        shallow = self._shallow(step, coordinates, links)
        record = None if self.recompute else self._same(step, shallow)
        if record is not None:
            taken = replace(record, key=key, shallow=shallow, run=self.run.name, seconds=0.0)
            return Outcome(key, "same", self.run.ledger.commit(name, taken))
        return self._make(step, coordinates, links, shallow)

    def _make(self, step: PlanStep, coordinates: Coordinates, links: list[Link], shallow: str) -> Outcome:
        """Run the operation until it succeeds or its attempts are used up, and commit."""
        key = self.run.key(step, coordinates)
        started = time.time_ns() // 1000
        for number in range(1, step.policy.retry + 2):
            if number > 1:
                self.wait(min(step.policy.backoff * 2 ** (number - 2), step.policy.backoff_max) / 1e6)
            attempt, outputs = self._attempt(step, coordinates, links)
            if outputs is not None:
                record = Record(
                    key,
                    shallow,
                    step.op,
                    outputs,
                    {link.edge.port: digest(self._content(link)[1]) for link in links},
                    self.run.facts(step),
                    self.run.name,
                    started,
                    round(attempt.seconds, 6),
                    number,
                )
                self._log(key, attempt)
                return self._commit(step, record)
            if attempt.hopeless:
                break
        self._log(key, attempt)
        return self._fail(
            Failure(
                key,
                step.name,
                coordinates,
                "failed",
                attempt.error,
                attempt.code,
                attempt.help,
                attempt.traceback,
                round(attempt.seconds, 6),
                number,
            )
        )

    def _attempt(
        self, step: PlanStep, coordinates: Coordinates, links: list[Link]
    ) -> tuple[Attempt, dict[str, Output] | None]:
        """One attempt, and its outputs encoded where it succeeded."""
        with tempfile.TemporaryDirectory(prefix="mlc-task-") as workdir:
            inputs = {link.edge.port: self._value(step, link) for link in links}
            params = self.run.params(step, coordinates)
            if step.want is not None:
                params["want"] = list(step.want)
            context = self._context(step, coordinates, links, params, Path(workdir))
            attempt = execute(step.op, inputs, params, context)
            if attempt.outputs is None:
                return attempt, None
            try:
                outputs = self._encode(step, coordinates, attempt.outputs)
            except StepError as error:
                if isinstance(error, InvalidInputError) or error.code == "MLC953":
                    raise
                return replace(attempt, error=error.message, code=error.code, help=error.help, hopeless=True), None
            self._made[self.run.object(step, coordinates)] = {
                port: attempt.outputs.get(port) for port, output in outputs.items() if output.kind != "file"
            }
            return attempt, outputs

    def _commit(self, step: PlanStep, record: Record) -> Outcome:
        name = object_name(record.key, step.want)
        standing = self.run.ledger.commit(name, record)
        if step.pure and not step.effect:
            self.run.ledger.alias(object_name(record.shallow, step.want), name)
        if self.run.checkpoints is not None and step.policy.checkpoint:
            shutil.rmtree(self.run.checkpoints / record.key, ignore_errors=True)
        return Outcome(record.key, "done", standing, differs=record.differs(standing))

    def _fail(self, failure: Failure) -> Outcome:
        self.run.ledger.fail(failure)
        return Outcome(failure.key, "missing" if failure.kind == "missing" else "failed", failure=failure)

    def _log(self, key: str, attempt: Attempt) -> None:
        if attempt.log:
            self.run.store.put(layout.log(self.run.name, key), attempt.log.encode("utf-8", "replace"))

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
        record = self.run.ledger.same(object_name(shallow, step.want))
        if record is None or step.policy.store == "skip":
            return record
        blobs = (layout.blob(o.sum, o.suffix) for o in record.outputs.values() if o.sum is not None)
        return record if all(map(self.run.store.has, blobs)) else None

    def _shallow(self, step: PlanStep, coordinates: Coordinates, links: list[Link]) -> str:
        return shallow_key(
            step.static,
            self.run.params_digest(step, coordinates),
            self.run.facts(step),
            [self._content(link) for link in links],
            self.run.place(step, coordinates),
        )

    def _content(self, link: Link) -> Input:
        """The digests of what an edge reads, in the form of a key's input."""
        producer = self.run.plan.by_name[link.edge.step]

        def content(at: Coordinates | None) -> str:
            if at is None or self.run.missing(producer, at):
                return MISSING
            return self._record(producer, at).outputs[link.edge.out].content

        if not link.edge.over:
            return link.edge.port, content(link.tasks[0][1])
        return link.edge.port, [(record, content(at)) for record, at in link.tasks]

    def _value(self, step: PlanStep, link: Link) -> Any:
        """What the operation gets at an edge's port."""
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
        """The value of a task's port: made a moment ago, cached, stored, or made again where it was lost."""
        name = self.run.object(step, at)
        if name in self._made and link.edge.out in self._made[name]:
            return self._made[name][link.edge.out]
        output = self._record(step, at).outputs[link.edge.out]
        if output.sum is not None and output.sum in self._cache:
            self._cache.move_to_end(output.sum)
            return self._cache[output.sum]
        try:
            value = decode(output, self.run.store)
        except LostError:
            return self._remake(reader, step, at, link)
        if output.kind == "table" and output.sum is not None:
            self._cache[output.sum] = value
            while sum(table.nbytes for table in self._cache.values()) > self.cache_bytes:
                self._cache.popitem(last=False)
        return value

    def _remake(self, reader: PlanStep, step: PlanStep, at: Coordinates, link: Link) -> Any:
        """Make a value again, in this process, from the nearest ancestors that are stored."""
        here = (step.policy.pool, step.policy.image) == (reader.policy.pool, reader.policy.image)
        if step.effect or not step.pure or not here:
            raise InvalidInputError(
                "MLC955",
                f"the result of `{step.name}` for {dict(at)} is lost and cannot be made again in `{reader.name}`",
                "Run the pipeline again: what is lost is then made by its own step.",
            )
        links = self.run.links(step, at)
        attempt, outputs = self._attempt(step, at, links)
        if outputs is None:
            raise InvalidInputError(
                "MLC955",
                f"the result of `{step.name}` for {dict(at)} is lost, and making it again failed",
                attempt.error,
            )
        name, recorded = self.run.object(step, at), self._record(step, at)
        if step.policy.store != "skip" and outputs != recorded.outputs:
            self.run.ledger.replace(name, replace(recorded, outputs=outputs))
        made = self._made[name]
        return made[link.edge.out] if link.edge.out in made else decode(outputs[link.edge.out], self.run.store)

    def _record(self, step: PlanStep, at: Coordinates) -> Record:
        record = self.run.ledger.record(self.run.object(step, at))
        if record is None:
            raise IncompleteError("MLC958", f"`{step.name}` has not run for {dict(at)}", "It is read before it ended.")
        return record

    def _encode(self, step: PlanStep, coordinates: Coordinates, values: Mapping[str, Any]) -> dict[str, Output]:
        for port, type_ in step.outputs.items():
            if port not in values and type_ != "effect":
                raise StepError("MLC956", f"`{step.op}` gave no `{port}`")
            if type_.startswith("index"):
                self._check_index(step, coordinates, port, values[port])
        # A file lives in the scratch folder of its attempt, so it is kept whatever the policy.
        return {
            port: encode(
                type_,
                values.get(port),
                None if step.policy.store == "skip" and kind_of(type_) != "file" else self.run.store,
                port,
            )
            for port, type_ in step.outputs.items()
        }

    def _check_index(self, step: PlanStep, coordinates: Coordinates, port: str, value: Any) -> None:
        """Records of an axis must be few enough, distinct, and among those of the axis that they are a part of."""
        for axis in self.run.plan.axes.values():
            if axis.found != (step.name, port):
                continue
            try:
                records = from_index(axis.fields, value)
            except (ValueError, TypeError, KeyError) as error:
                raise StepError("MLC962", f"`{port}` of `{step.name}` is no index: {error}") from error
            if records.size != len(value["records"]):
                raise StepError("MLC962", f"`{port}` of `{step.name}` gave a record of axis `{axis.name}` twice")
            if axis.at_most is not None and records.size > axis.at_most:
                raise StepError(
                    "MLC963",
                    f"`{step.name}` found {records.size} values for `{axis.name}`, more than `at_most` {axis.at_most}",
                    "Raise the bound, or narrow what is searched.",
                )
            if axis.within is not None:
                whole = Space([self.run.axis(axis.within)], coordinates)
                for record in records:
                    if whole.find(as_object(axis.fields, record)) is None:
                        raise StepError("MLC962", f"`{step.name}` gave {record}, which `{axis.within}` does not have")

    def _context(
        self,
        step: PlanStep,
        coordinates: Coordinates,
        links: list[Link],
        params: Mapping[str, Any],
        workdir: Path,
    ) -> Context:
        """The task's surroundings: only those run parameters that are in its key, and the seed that is."""
        keys = {
            link.edge.port: self.run.key(self.run.plan.by_name[link.edge.step], at)
            for link in links
            for _, at in link.tasks
            if at is not None and not link.edge.over
        }
        checkpoint = None
        if step.policy.checkpoint:
            checkpoint = (self.run.checkpoints or workdir) / self.run.key(step, coordinates)
            checkpoint.mkdir(parents=True, exist_ok=True)
        return Context(
            parameters={name: self.run.bind["parameters"][name] for name in holes(step.params, "$param")},
            timezone=self.run.timezone(step),
            seed=params.get("seed", 0),
            root=self.run.root,
            environment=self.run.environment,
            workdir=workdir,
            checkpoint=checkpoint,
            coordinates=coordinates,
            keys=keys,
            store=self.run.store,
            run=self.run.name,
            step=step.name,
        )
