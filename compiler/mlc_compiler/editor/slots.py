"""What may stand where in a document, as far as names go: the one table that completing and finding uses read."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal, NamedTuple

from mlc_compiler.check.entries import Section
from mlc_compiler.check.references import REFERENCES
from mlc_compiler.source.place import Path

Rows = Literal["own", "from", "example"]
"""Whose columns a bare word names: the source's that it stands in, those of the source under the nearest `from`, or
the example's."""


class Entry(NamedTuple):
    """The name of an entry of one of some sections."""

    sections: tuple[Section, ...]


class Column(NamedTuple):
    """A column; with `groups`, or a `group.column`."""

    rows: Rows
    groups: bool = False


class Join(NamedTuple):
    """A column that both the example and the source of the nearest `from` have."""


class Formula(NamedTuple):
    """An expression; with `groups`, it may read features."""

    rows: Rows
    groups: bool = False


class Condition(NamedTuple):
    """A boolean over metrics and outputs of steps."""


class Counts(NamedTuple):
    """A metric that counts, or an expression over the confusion counts."""


class Query(NamedTuple):
    """A SELECT over sources."""


class Feature(NamedTuple):
    """A model's input: a group, a `group.column`, or `TRAINING.prediction`; with `columns`, no whole group."""

    columns: bool = False


class Metric(NamedTuple):
    """The name of a metric."""


class Given(NamedTuple):
    """What a step is given: a source, examples, a training or a step's output."""


class Produced(NamedTuple):
    """A path, or a step's output that is a file."""


class Outside(NamedTuple):
    """A name of the environment."""

    section: Literal["connections", "secrets", "pools"]


class Overridden(NamedTuple):
    """The name of what an environment overrides."""


class Estimator(NamedTuple):
    """A path to a class that is fitted: a model, or a stage."""

    stage: bool = False


class Function(NamedTuple):
    """A path to a function of the user's own."""


class Argument(NamedTuple):
    """An argument of the call that stands beside `with`, or of a training's model."""

    grid: bool = False


Slot = (
    Entry
    | Column
    | Join
    | Formula
    | Condition
    | Counts
    | Query
    | Feature
    | Metric
    | Given
    | Produced
    | Outside
    | Overridden
    | Estimator
    | Function
    | Argument
)

_SPEC: Final[dict[str, Slot]] = {
    **{pattern: Entry(sections) for pattern, sections in REFERENCES.items()},
    "sources.*.key.#": Column("own"),
    "sources.*.time": Column("own"),
    "sources.*.known": Formula("own"),
    "sources.*.known.*": Formula("own"),
    "sources.*.checks.#": Formula("own"),
    "sources.*.checks.#.expect": Formula("own"),
    "sources.*.sql": Query(),
    "sources.*.use": Function(),
    "sources.*.inputs.*": Entry(("sources",)),
    "sources.*.read": Produced(),
    "sources.*.read.path": Produced(),
    "sources.*.read.connection": Outside("connections"),
    "features.*.join.#": Join(),
    "features.*.join.*": Column("from"),
    "features.*.where": Formula("from"),
    "features.*.columns.#": Column("from"),
    "features.*.columns.*": Formula("from"),
    "features.*.use": Function(),
    "features.*.inputs.*": Column("example", groups=True),
    "examples.*.at": Formula("example"),
    "examples.*.at.by.#": Column("example"),
    "examples.*.where": Formula("example", groups=True),
    "examples.*.label": Formula("example", groups=True),
    "examples.*.label.join.#": Join(),
    "examples.*.label.join.*": Column("from"),
    "examples.*.label.where": Formula("from"),
    "examples.*.label.value": Formula("from"),
    "examples.*.weight": Formula("example", groups=True),
    "examples.*.split.by": Formula("example", groups=True),
    "examples.*.split.group": Column("example", groups=True),
    "training.*.features.#": Feature(),
    "training.*.prepare.*.use": Estimator(stage=True),
    "training.*.prepare.*.columns.#": Feature(columns=True),
    "training.*.model": Estimator(),
    "training.*.model.use": Estimator(),
    "training.*.each": Column("example", groups=True),
    "training.*.each.#": Column("example", groups=True),
    "training.*.metrics.#": Metric(),
    "training.*.metrics.#.use": Metric(),
    "training.*.select.maximize": Metric(),
    "training.*.select.minimize": Metric(),
    "training.*.select.per": Column("example", groups=True),
    "training.*.select.per.#": Column("example", groups=True),
    "training.*.threshold.maximize": Counts(),
    "training.*.threshold.minimize": Counts(),
    "training.*.when": Condition(),
    "training.*.resources.pool": Outside("pools"),
    "serving.*.when": Condition(),
    "serving.*.request.#": Column("example"),
    "serving.*.write.connection": Outside("connections"),
    "experiments.*.unit": Column("example"),
    "experiments.*.where": Formula("example", groups=True),
    "experiments.*.covariate": Column("example", groups=True),
    "experiments.*.segments.#": Column("example", groups=True),
    "experiments.*.outcome.metric": Metric(),
    "experiments.*.outcome.join.#": Join(),
    "experiments.*.outcome.join.*": Column("from"),
    "experiments.*.outcome.value": Formula("from"),
    "experiments.*.guardrails.#.metric": Metric(),
    "experiments.*.guardrails.#.join.#": Join(),
    "experiments.*.guardrails.#.join.*": Column("from"),
    "experiments.*.guardrails.#.value": Formula("from"),
    "steps.*.use": Function(),
    "steps.*.inputs.*": Given(),
    "steps.*.when": Condition(),
    "steps.*.resources.pool": Outside("pools"),
    "steps.*.secrets.*": Outside("secrets"),
}
_KEYS: Final[dict[str, Slot]] = {
    "sources.*.known.*": Column("own"),
    "features.*.join.*": Column("example", groups=True),
    "examples.*.label.join.*": Column("example", groups=True),
    "experiments.*.outcome.join.*": Column("example", groups=True),
    "experiments.*.guardrails.#.join.*": Column("example", groups=True),
    "training.*.each.*": Column("example", groups=True),
    "training.*.model.with.*": Argument(),
    "training.*.prepare.*.with.*": Argument(),
    "training.*.grid.*": Argument(grid=True),
    "training.*.grid.#.*": Argument(grid=True),
}
_ENVIRONMENT: Final[dict[str, Slot]] = {
    **{f"connections.*.{key}": Outside("secrets") for key in ("password", "private_key", "access_key", "secret_key")},
    "overrides.*.resources.pool": Outside("pools"),
}
_ENVIRONMENT_KEYS: Final[dict[str, Slot]] = {"overrides.*": Overridden()}


def slot(path: Path, on: Literal["key", "value"], *, looks_up: bool = True) -> Slot | None:
    """What may stand at a path of a spec or an environment; None where it is no name.

    Args:
        path: the route of keys.
        on: whether the key or its value is meant.
        looks_up: whether the feature group that the path leads through has a `from`.
    """
    found = _table(on, len(path)).get(str(path[0])) if path else None
    for pattern, holds in found or ():
        if all(_fits(wanted, part) for wanted, part in zip(pattern, path, strict=True)):
            if path[0] == "features" and not looks_up and isinstance(holds, Column | Formula) and holds.rows == "from":
                return holds._replace(rows="example", groups=isinstance(holds, Formula))
            return holds
    return None


def _fits(wanted: str, part: str | int) -> bool:
    return isinstance(part, int) if wanted == "#" else wanted in {"*", part} and isinstance(part, str)


@cache
def _table(on: str, length: int) -> dict[str, list[tuple[list[str], Slot]]]:
    """The patterns of so many parts, by their first."""
    tables = (_SPEC, _ENVIRONMENT) if on == "value" else (_KEYS, _ENVIRONMENT_KEYS)
    found: dict[str, list[tuple[list[str], Slot]]] = {}
    for table in tables:
        for pattern, holds in table.items():
            parts = pattern.split(".")
            if len(parts) == length:
                found.setdefault(parts[0], []).append((parts, holds))
    return found
