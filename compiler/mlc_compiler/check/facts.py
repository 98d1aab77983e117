"""What checking finds out, and what the graph is built from: the spec with names resolved and types known.

Expressions stay trees, so that the graph's builder can render them; every fact keeps the place that it came
from, so that a target's complaint can still point at the user's line. Facts are named tuples, the kind of record that
is made soonest at the start of a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.types import Type
from mlc_compiler.source.place import Place
from mlc_compiler.spec.call import Call
from mlc_compiler.spec.examples import Split
from mlc_compiler.spec.experiments import Experiment as ExperimentSpec
from mlc_compiler.spec.header import Spec
from mlc_compiler.spec.serving import Batch, Online
from mlc_compiler.spec.sources import Read
from mlc_compiler.spec.steps import Step as StepSpec
from mlc_compiler.spec.training import Training as TrainingSpec

if TYPE_CHECKING:
    from mlc_compiler.expression.query import Query

NOTHING: Mapping[str, Any] = MappingProxyType({})
"""What a mapping holds where there is nothing to say."""

Task = Literal["binary", "classes", "number"]
"""What a label asks for: a bool is `binary`, a string `classes`, a number `number`."""


class Typed(NamedTuple):
    """An expression whose type is known, and where it stands."""

    expression: Expression
    type: Type
    place: Place


Known = tuple[Expression, ...]
"""A known time: the greatest of some expressions over a source's columns; none means always known."""


class Check(NamedTuple):
    """A data check of a source: an expectation, or a bound on the age of its latest row."""

    place: Place
    expect: Typed | None
    aggregate: bool = False
    at_most: float = 0.0
    warn: bool = False
    fresh: int | None = None


class Source(NamedTuple):
    """A table whose values have a known time.

    Attributes:
        name: its name, `alias.name` where it is included.
        columns: its columns and their types: those that are declared by name, those of a SELECT in its order.
        known: the known time of each column.
        row_known: the known time of a row's existence, K("*").
        carried, row_carried: the known times that follow by themselves where the author states others; a look-up
            waits for both, so that a claim can make a value later and never earlier.
        inputs: the sources that it is derived from, by the name that its SQL or its function uses.
        asserted: its known time is stated by the author and cannot be derived.
    """

    name: str
    place: Place
    kind: Literal["read", "sql", "use"]
    columns: Mapping[str, Type]
    key: tuple[str, ...] = ()
    time: str | None = None
    static: bool = False
    known: Mapping[str, Known] = NOTHING
    row_known: Known = ()
    carried: Mapping[str, Known] = NOTHING
    row_carried: Known = ()
    inputs: Mapping[str, str] = NOTHING
    query: Query | None = None
    call: Call | None = None
    read: Read | None = None
    checks: tuple[Check, ...] = ()
    asserted: bool = False


class Lookup(NamedTuple):
    """Rows of a source that are looked up for an example: by equality, in a window, under a condition."""

    source: str
    join: tuple[tuple[str, str], ...]
    window: tuple[int | None, int]
    where: Typed | None = None
    refresh: int | None = None


class Group(NamedTuple):
    """A feature group as it is evaluated for one set of examples.

    Attributes:
        columns: the columns and their types: those of a map by name, those of a list in its order.
        lookup: the rows it looks up; None where it is computed from the example itself.
        expressions: each column's expression; empty where a function makes them.
        call: the function that makes the columns.
        arguments: the function's arguments and what they read (`column` or `group.column`).
        reads: the example's columns that it reads.
        groups: the groups that it reads, in order.
    """

    name: str
    place: Place
    columns: Mapping[str, Type]
    lookup: Lookup | None = None
    expressions: Mapping[str, Typed] = NOTHING
    call: Call | None = None
    arguments: Mapping[str, str] = NOTHING
    reads: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Spine(NamedTuple):
    """Moments at a regular distance, each paired with the latest row of each value of `by`.

    Attributes:
        every: the distance in microseconds, or calendar months.
        start, until: ISO dates or times, read in the spec's zone; `until` may be `$as_of`.
        by: the columns that make an entity.
    """

    every: int | Literal["month"]
    start: str
    until: str
    by: tuple[str, ...]


class Outcome(NamedTuple):
    """A label that is an aggregate over a window going forward."""

    lookup: Lookup
    value: Typed


class Examples(NamedTuple):
    """The rows that are predicted.

    Attributes:
        at: the moment of prediction; None for a table without time.
        label_known: the expressions whose greatest value is the label's known time.
        horizon: the label's known time minus `$at` in microseconds, where it is a constant.
        gap: the embargo of a split by time, in microseconds.
        early: the groups that `where` reads, with those that they read.
        late: the groups that label, weight and split read beyond these.
        groups: every group usable with these examples, by name.
    """

    name: str
    place: Place
    source: str
    at: Typed | Spine | None
    where: Typed | None
    label: Typed | Outcome | None
    task: Task | None
    weight: Typed | None
    part: Typed | None
    label_known: Known
    horizon: int | None
    gap: int
    groups: Mapping[str, Group]
    split: Split | None = None
    early: tuple[str, ...] = ()
    late: tuple[str, ...] = ()


class Input(NamedTuple):
    """A model's input: a feature's column (`group` and `column`), or another training's prediction."""

    name: str
    type: Type
    group: str | None = None
    column: str = "prediction"
    training: str | None = None


class Reference(NamedTuple):
    """What a condition reads: a candidate's or a live model's metric, what sets both apart, or a step's output.

    Attributes:
        text: as the spec writes it, such as `late.live.test.brier`.
        name: the training or the step.
        path: the part and the metric, or the output.
    """

    text: str
    kind: Literal["metric", "live", "compared", "latency", "output"]
    name: str
    path: tuple[str, ...]


class Condition(NamedTuple):
    """A boolean over what earlier parts of the run gave."""

    expression: Expression
    references: tuple[Reference, ...]


class Training(NamedTuple):
    """A model over a grid on some examples.

    Attributes:
        spec: as written.
        inputs: the model's inputs, in order.
        each: the columns with a model for each value; `per`: those of them that share no setting; `listed`: the
            values that the spec lists, as records.
        metrics: what is reported, as plain data: name, use, with.
        metric_code: the modules of metrics that are user code.
        folds: the number of validation parts; 0 where the split makes none.
        refit: whether the chosen setting is fitted again.
    """

    name: str
    place: Place
    spec: TrainingSpec
    examples: str
    task: Task
    inputs: tuple[Input, ...]
    each: tuple[str, ...]
    per: tuple[str, ...]
    listed: tuple[Mapping[str, Any], ...] | None
    metrics: tuple[Mapping[str, Any], ...]
    metric_code: tuple[str, ...]
    folds: int
    refit: bool
    when: Condition | None = None
    threshold: Typed | None = None


class Serving(NamedTuple):
    """Predictions for others: `gate` decides whether the candidate goes live."""

    name: str
    place: Place
    spec: Online | Batch
    training: str
    examples: str
    gate: Condition | None


class Experiment(NamedTuple):
    """A comparison of arms.

    Attributes:
        spec: as written.
        serving: whose answers differ between arms.
        examples: the rows that are answered.
        where: which of them take part.
        outcomes: the outcome, then the guardrails: what is looked up after the exposure, None for a metric.
        groups: every group usable with these examples, by name, those that only the experiment reads among them.
    """

    name: str
    place: Place
    spec: ExperimentSpec
    serving: str
    examples: str
    where: Typed | None
    outcomes: tuple[Outcome | None, ...]
    groups: Mapping[str, Group]


class StepInput(NamedTuple):
    """What a step's argument reads; `status` is how the run stands."""

    argument: str
    kind: Literal["source", "examples", "training", "step", "status"]
    name: str
    output: str = ""


class StepFacts(NamedTuple):
    """A function, a container or an approval. `each` is (argument, column)."""

    name: str
    place: Place
    spec: StepSpec
    inputs: tuple[StepInput, ...]
    each: tuple[str, str] | None = None
    when: Condition | None = None


class Program(NamedTuple):
    """The whole spec, resolved.

    Attributes:
        spec: the spec as written.
        sources, examples, trainings, servings, steps: facts by name, in the order of the spec.
        parameters: the types of the run's parameters.
        experiments: facts by name, of those whose service is sound.
    """

    spec: Spec
    sources: Mapping[str, Source]
    examples: Mapping[str, Examples]
    trainings: Mapping[str, Training]
    servings: Mapping[str, Serving]
    steps: Mapping[str, StepFacts]
    parameters: Mapping[str, Type]
    experiments: Mapping[str, Experiment] = NOTHING
