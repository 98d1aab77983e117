"""Trainings: which model, over which grid, chosen how. All that is fitted is fitted here."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import BeforeValidator, Discriminator, Field, JsonValue, Tag

from mlc_compiler.source.place import Path
from mlc_compiler.spec.call import NO_RETRY, Call, Metric, Resources, Retry
from mlc_compiler.spec.grid import Grid, GridParameter, Search, grid_parameters
from mlc_compiler.spec.shape import Form, Shape, field
from mlc_compiler.spec.values import (
    AnyColumns,
    Columns,
    Expression,
    Length,
    Name,
    OneOrMoreColumns,
    Share,
    Text,
    Values,
)


def _axes_kind(value: object) -> str:
    return "map" if isinstance(value, dict) else "list"


Each = Annotated[
    Annotated[OneOrMoreColumns, Tag("list")] | Annotated[dict[Text, Values], Tag("map")], Discriminator(_axes_kind)
]


def _all_of_it(value: object) -> object:
    return {} if value == "grid" else value


SearchOrGrid = Annotated[Search, BeforeValidator(_all_of_it, json_schema_input_type=Literal["grid"] | Search)]


class EachAxis(NamedTuple):
    """One axis of `each`: the column, its values (`None`: those found), and the path below the training."""

    column: str
    values: tuple[JsonValue, ...] | None
    path: Path


class Stage(Call):
    """A fitted transform: replaces its columns by what it makes of them, the others pass."""

    columns: Columns | None = field(
        "The columns it takes, `group.column` or an earlier stage's; all where it is left out.",
        example=["who.country"],
        default=None,
    )


class Objective(Shape):
    """What is made large or small."""

    FORMS: ClassVar[tuple[Form, ...]] = (Form("maximize"), Form("minimize"))

    maximize: Expression | None = field("What is made as large as it can be.", example="roc_auc", default=None)
    minimize: Expression | None = field("What is made as small as it can be.", example="brier", default=None)

    @property
    def direction(self) -> Literal["maximize", "minimize"]:
        """Which way is better; also the key below which the objective stands."""
        return "maximize" if self.maximize is not None else "minimize"

    @property
    def target(self) -> str:
        """The metric's name or the expression."""
        return self.maximize or self.minimize or ""


class Select(Objective):
    """Which setting is chosen, by the mean of a metric over the folds."""

    per: AnyColumns | None = field(
        "The axes of `each` within which a setting is chosen; `[]` chooses one for all.",
        example=["region"],
        default=None,
    )
    top: Annotated[int, Field(ge=1)] = field(
        "How many settings are kept; their predictions are averaged.", example=3, unit="settings", default=1
    )


class Training(Shape):
    """A model, fitted and chosen on examples."""

    examples: Name = field("The examples.", example="departures")
    features: Columns = field(
        "The inputs, in the order in which the model gets them: groups, whose columns come by name unless they are "
        "listed, `group.column`, or `TRAINING.prediction`.",
        example=["sky", "carrier.late"],
    )
    prepare: dict[Name, Stage] = field(
        "Fitted transforms, in order; fitted on the training rows only.",
        example={"gaps": {"use": "sklearn.impute.SimpleImputer"}},
        default={},
    )
    model: Call = field("The estimator.", example="sklearn.linear_model.LogisticRegression")
    grid: Grid | None = field(
        "Parameters and their values; a list of such maps is their union.",
        example={"learning_rate": [0.03, 0.1], "max_leaf_nodes": [15, 31]},
        default=None,
    )
    search: SearchOrGrid | None = field(
        "How the grid is walked; all of it where it is left out.", example={"random": 60}, default=None
    )
    each: Each | None = field(
        "One model for each value of these columns; without values, for those found in the training rows.",
        example={"origin": ["EWR", "JFK"]},
        default=None,
    )
    fallback: Name | None = field(
        "The training whose model stands in for values unseen, with too few rows, or failed.",
        example="all",
        default=None,
    )
    min_rows: Annotated[int, Field(ge=1)] = field(
        "Values of `each` with fewer training rows get the fallback.", example=100, unit="rows", default=1
    )
    metrics: Annotated[tuple[Metric, ...], Field(strict=False)] = field(
        "What is reported on validation and test.", example=["roc_auc", "brier"], default=()
    )
    select: Select | None = field("Which setting is chosen.", example={"maximize": "roc_auc"}, default=None)
    refit: bool | None = field(
        "Fit the chosen setting again on training and validation rows; true with folds where it is left out.",
        example=True,
        default=None,
    )
    calibrate: Literal["sigmoid", "isotonic"] | None = field(
        "Calibration of probabilities, fitted on validation predictions.",
        example="isotonic",
        default=None,
        options={"sigmoid": "A logistic curve: for few rows.", "isotonic": "Any rising curve: for many rows."},
    )
    threshold: Objective | None = field(
        "From which probability on the answer is yes: a metric, or an expression over `tp`, `fp`, `tn`, `fn`.",
        example={"minimize": "50 * fn + 3 * fp"},
        default=None,
    )
    checkpoint: bool = field("A retry continues from the files in `context.checkpoint`.", example=True, default=False)
    when: Expression | None = field(
        "Otherwise nothing is fitted, and the live model stands.", example="drift.psi > 0.2", default=None
    )
    resources: Resources | None = field("What one fit needs.", example={"cpu": 2, "memory": "4Gi"}, default=None)
    retry: Retry = field("How often a failed fit is tried again.", example=3, default=NO_RETRY)
    timeout: Length | None = field("How long one fit may take.", example="30m", default=None)
    tolerate: Share = field("The share of fits that may fail.", example="5%", unit="share of tasks", default=0.0)

    def grids(self) -> list[tuple[GridParameter, ...]]:
        """The sub-grids whose union is the grid; none where the training has no grid."""
        stages = frozenset(self.prepare)
        if isinstance(self.grid, dict):
            return [tuple(grid_parameters(self.grid, ("grid",), stages))]
        grids = enumerate(self.grid or ())
        return [tuple(grid_parameters(sub_grid, ("grid", position), stages)) for position, sub_grid in grids]

    def each_axes(self) -> Iterator[EachAxis]:
        """The axes of `each`: those of a list in its order, those of a map by name."""
        if isinstance(self.each, dict):
            yield from (EachAxis(column, values, ("each", column)) for column, values in sorted(self.each.items()))
        else:
            yield from (EachAxis(column, None, ("each", i)) for i, column in enumerate(self.each or ()))
