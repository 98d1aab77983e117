"""The answers to rows: the plan's own operations over the rows of requests and a snapshot of the sources.

Online, in batch and in training the same operations of the same plan make the features, so a value can differ only
where what was known differs. What is kept here besides are indexes, which hand to a look-up the rows that it can match.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import threadpoolctl

from mlc_runtime import registry
from mlc_runtime.column_types import arrow_type
from mlc_runtime.context import Context
from mlc_runtime.data.rows import AT, grouped, numbered
from mlc_runtime.errors import StepError
from mlc_runtime.execute import load_operation
from mlc_runtime.experiment.definition import Definition, load_definition
from mlc_runtime.experiment.shown import Shown, choose, exposures, meet, merge
from mlc_runtime.params import fill, holes
from mlc_runtime.plan import Plan, PlanStep
from mlc_runtime.serving.answer import ARM, Answer
from mlc_runtime.serving.index import Index, lookup_window
from mlc_runtime.serving.traffic import Traffic
from mlc_runtime.sql import keeping
from mlc_runtime.store.store import Store


class UnknownRowError(Exception):
    """A request names an entity that the snapshot does not have; the message says which."""


@dataclass(frozen=True)
class Column:
    """A column of a request, and its declared type."""

    name: str
    type: str


@dataclass(frozen=True)
class Description:
    """What a serving answers to.

    Attributes:
        name: of the serving.
        model: the training whose live version answers.
        models: all that may: those of experiments' arms beside it.
        task: what the label is.
        request: what callers send.
        key: the columns of it by which the rest is looked up; none where callers send all.
        source: the step of the table where it is looked up.
        moment: `now` where a request is about the moment at which it comes; None where its row says it, or there is
            no time.
        pipeline: the spec's name.
        experiments: that divide its traffic once they are started.
    """

    name: str
    model: str
    models: tuple[str, ...]
    task: Any
    request: tuple[Column, ...]
    key: tuple[str, ...]
    source: str
    moment: str | None
    pipeline: str = ""
    experiments: tuple[Definition, ...] = ()


def load_description(data: Mapping[str, Any]) -> Description:
    """From what the compiler wrote."""
    return Description(
        **{
            **data,
            "models": tuple(data["models"]),
            "request": tuple(Column(**column) for column in data["request"]),
            "key": tuple(data["key"]),
            "experiments": tuple(load_definition(json.loads(text)) for text in data["experiments"]),
        }
    )


@dataclass
class Service:
    """Answers rows. One thread at a time asks it.

    Attributes:
        description: what it answers to.
        plan: the steps.
        bind: the facts of the run that made the snapshot.
        snapshot: what each step gives that does not hang on a request, by step and port.
        store: where models are.
        root: the project's folder.
        environment: connections and secrets.
        alias: which version of the serving's own model answers; of other models it is the live one.
    """

    description: Description
    plan: Plan
    bind: Mapping[str, Any]
    snapshot: Mapping[str, Mapping[str, Any]]
    store: Store
    root: Path
    environment: Mapping[str, Any] = field(default_factory=dict)
    alias: str = registry.LIVE

    def __post_init__(self) -> None:
        name = self.description.name
        self._steps = [step for step in self.plan.steps if step.name.startswith(f"{name}.") and step.op != "given"]
        self._indexes = {step.name: self._index(step) for step in self._steps if step.op == "features"}
        source = self.snapshot.get(self.description.source)
        self._entities = Index(source["table"], self.description.key) if self.description.key and source else None
        self._params = {step.name: self._filled(step) for step in self._steps}
        self._connections: dict[str, Any] = {}
        self._workdir = tempfile.TemporaryDirectory(prefix="mlc-serve-")
        self._live: dict[str, tuple[registry.Version, Any]] = {}
        self.traffic = Traffic(self.store, self.description.pipeline, name, self.description.experiments)
        self.reload()

    @property
    def versions(self) -> dict[str, registry.Version]:
        """The version of each training that answers now."""
        return {training: version for training, (version, _) in self._live.items()}

    def reload(self) -> bool:
        """Take the versions that stand and the experiments that run now; whether any changed.

        What is being answered is finished as it began.

        Raises:
            StepError: `MLC949`, no version of the serving's own training stands there.
        """
        changed = False
        for training in self.description.models:
            version = (
                standing_version(self.store, training, self.alias)
                if training == self.description.model
                else registry.live(self.store, training)
            )
            if version is None:
                continue
            if training not in self._live or version != self._live[training][0]:
                # In one go, since another thread may be answering: a model goes with its version.
                self._live = {**self._live, training: (version, registry.load(self.store, version))}
                self._threads = threadpoolctl.ThreadpoolController()  # of what the model brought along, too
                changed = True
        return self.traffic.reload(self._live) or changed

    def answer(self, rows: pa.Table, now: int) -> Answer:
        """The predictions for the rows of requests, one each, in their order.

        Args:
            rows: the request's columns in their types.
            now: the moment of the request, microseconds since the epoch.

        Raises:
            UnknownRowError: a row's key is that of no row of the source.
            StepError: an operation failed on the data.
        """
        name, own = self.description.name, self.description.model
        running = self.traffic.running
        live = self._live  # read last: what runs has its models
        made = self._asked(rows, now)
        # For a few rows, threads of a library cost more than they bring.
        with keeping(self._connections), self._threads.limit(limits=1):
            meetings = [meet(state, self._made(f"{name}.seen.{state.name}", made)["table"]) for state in running]
            choices = choose(meetings, own, range(rows.num_rows))
            answers = {training: self._predicted(training, live, made) for training, _ in dict.fromkeys(choices)}
        if any(table.num_rows != rows.num_rows for table in answers.values()):
            raise StepError("MLC920", "a row of the request has no moment", "Its `at` is null: send what it reads.")
        predictions = merge(choices, answers)
        if not meetings:
            return Answer(predictions, live[own][0])
        models = [training for training, _ in choices]
        versions = {training: version.version for training, (version, _) in live.items()}
        shown = Shown(name, predictions, models, versions, now)
        met = {"model": [f"{model}@{versions[model]}" for model in models]}
        table = pa.table(met)
        for meeting in meetings:
            arms = meeting.by_row()
            column = pa.array([arms.get(row) for row in range(rows.num_rows)], pa.string())
            table = table.append_column(f"{ARM}{meeting.state.name}", column)
        logged = {meeting.state.name: exposures(meeting, shown) for meeting in meetings}
        return Answer(predictions, live[own][0], table, logged)

    def _asked(self, rows: pa.Table, now: int) -> dict[str, Mapping[str, Any]]:
        """What a request gives by itself, by step."""
        name, table = self.description.name, self._completed(rows)
        if any(step.name == f"{name}.rows" for step in self._steps):
            return {f"{name}.request": {"table": table}}
        table = numbered(table)
        if self.description.moment == "now":
            moments = pa.array([now] * table.num_rows, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
            table = table.add_column(1, AT, moments)
        return {f"{name}.rows": {"table": table}}

    def _predicted(
        self, training: str, live: Mapping[str, tuple[registry.Version, Any]], made: dict[str, Mapping[str, Any]]
    ) -> pa.Table:
        """The answers of a training's live model to all rows."""
        made[f"{self.description.name}.model.{training}"] = {"model": live[training][1]}
        return self._made(f"{self.description.name}.answers.{training}", made)["predictions"]

    def _made(self, asked: str, made: dict[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        """What a step gives; `made` is what is there, to which all that it takes is added."""
        for step in self._needed(asked):
            if step.name not in made:
                made[step.name] = self._run(step, made)
        return made[asked]

    def _needed(self, asked: str) -> list[PlanStep]:
        """The steps that an answer takes, in order."""
        wanted = {asked}
        for step in reversed(self._steps):
            if step.name in wanted:
                wanted |= {edge.step for edge in step.inputs}
        return [step for step in self._steps if step.name in wanted]

    def _completed(self, rows: pa.Table) -> pa.Table:
        """The rows with what is looked up by their key; what the caller sent counts for more."""
        if self._entities is None:
            return rows
        found = self._entities.places(rows, self.description.key)
        for place, matches in enumerate(found):
            if not len(matches):
                key = ", ".join(f"{column} = {rows[column][place].as_py()!r}" for column in self.description.key)
                raise UnknownRowError(f"`{self.description.source.partition('.')[2]}` has no row with {key}")
        table = self._entities.table.take(np.array([matches[-1] for matches in found], np.int64))
        for column in rows.column_names:
            if column in table.column_names and column not in self.description.key:
                sent = rows[column]
                kept = sent if not sent.null_count else pa.compute.coalesce(sent, table[column])
                table = table.set_column(table.column_names.index(column), column, kept)
        return table

    def _run(self, step: PlanStep, made: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        inputs = {edge.port: (made.get(edge.step) or self.snapshot[edge.step])[edge.out] for edge in step.inputs}
        params = self._params[step.name]
        index = self._indexes.get(step.name)
        if index is not None:
            ours = [mine for mine, _ in params["join"]]
            rows = grouped(inputs, "source")
            inputs["source"] = index.narrowed(rows, ours, lookup_window(params, rows))
        context = Context(
            parameters={name: self.bind["parameters"][name] for name in holes(step.params, "$param")},
            timezone=step.params.get("timezone", self.plan.spec.get("timezone", "UTC")),
            seed=0,
            root=self.root,
            workdir=Path(self._workdir.name),
            store=self.store,
            run="serve",
            environment=self.environment,
            step=step.name,
            log=_silent,
        )
        outputs: Mapping[str, Any] = load_operation(step.op, self.root).run(inputs, params, context)
        return outputs

    def _filled(self, step: PlanStep) -> dict[str, Any]:
        params: dict[str, Any] = fill(step.params, {}, self.bind)
        if step.want is not None:
            params["want"] = list(step.want)
        return params

    def _index(self, step: PlanStep) -> Index | None:
        """By what a step of features looks rows up; None where it joins on nothing."""
        join = step.params["join"]
        edge = next(edge for edge in step.inputs if edge.port == "source")
        if not join or edge.step not in self.snapshot:
            return None
        return Index(self.snapshot[edge.step][edge.out], [theirs for _, theirs in join], step.params["time"])


def standing_version(store: Store, training: str, alias: str) -> registry.Version:
    """The version of a model at which an alias stands.

    Raises:
        StepError: `MLC949`, it stands nowhere.
    """
    number = registry.standing(store, training, alias)
    if number is None:
        message = f"no version of `{training}` is {'live' if alias == registry.LIVE else alias}"
        raise StepError("MLC949", message, "Run the pipeline first: `mlc run`.")
    return registry.find(store, training, str(number))


def request_schema(description: Description) -> pa.Schema:
    """The types of a request's columns."""
    return pa.schema([(column.name, arrow_type(column.type)) for column in description.request])


def _silent(_: str) -> None:
    """What operations note of single requests is nobody's news."""
