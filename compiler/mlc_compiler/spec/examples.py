"""Examples: which rows are predicted, at which moment, with which label, in which parts."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from mlc_compiler.spec.shape import Form, Shape, ShortShape, field
from mlc_compiler.spec.values import (
    AllOrLength,
    Expression,
    JoinKeys,
    Length,
    LengthOrZero,
    Moment,
    MomentOrAsOf,
    MonthOrLength,
    OneOrMoreColumns,
    Piece,
    Reference,
    Share,
    Text,
    TimeWindow,
    pieces,
)


class Spine(Shape):
    """Regular moments, each paired with the latest known row of every entity."""

    every: MonthOrLength = field("The step from moment to moment.", example="7d")
    from_: Moment = field("The first moment.", example="2024-01-01")
    until: MomentOrAsOf = field("The last moment.", example="2024-12-31", default="$as_of")
    by: OneOrMoreColumns | None = field(
        "The columns that make an entity; the source's `key` where it is left out.", example=["tailnum"], default=None
    )


class Label(ShortShape):
    """The truth: an expression over the row, or an aggregate over rows of a window that goes forward."""

    SHORT: ClassVar[str] = "value"
    FORMS: ClassVar[tuple[Form, ...]] = (
        Form("from", needs=("window", "value"), allows=("join", "where")),
        Form(None, needs=("value",)),
    )

    value: Expression | None = field("The label's expression.", example="count(*) = 0", default=None)
    from_: Reference | None = field("The source whose later rows decide.", example="orders", default=None)
    join: JoinKeys = field("Equality on these, as in a feature group.", example=["customer_id"], default=())
    window: TimeWindow | None = field("Which rows, relative to `$at`.", example="0d..30d", default=None)
    where: Expression | None = field("More conditions on the rows.", example="amount > 0", default=None)

    def join_items(self) -> Iterator[Piece]:
        """The equalities: the example's column, the source's column, path below the label."""
        return pieces(self.join, "join")


class TimeSplit(Shape):
    """Parts that follow each other in time, counted backwards from `$as_of`."""

    by: Literal["time"] = field("How rows are told apart.", example="time")
    test: Length = field("The last part, seen once.", example="30d")
    validation: Length | None = field("Each validation part; needed to choose a setting.", example="30d", default=None)
    folds: Annotated[int, Field(ge=1)] = field("Rolling origins.", example=4, unit="validation parts", default=1)
    train: AllOrLength = field("How much of the past is trained on.", example="365d", default="all")
    gap: LengthOrZero | None = field(
        "The embargo between parts; the label's horizon by default.", example="7d", default=None
    )


class RandomSplit(Shape):
    """Parts drawn by a hash of each row, stable when rows are added."""

    by: Literal["random"] = field("How rows are told apart.", example="random")
    test: Share = field("The part seen once.", example="20%", unit="share of rows")
    validation: Share | None = field(
        "The validation part, or each of them.", example="20%", unit="share of rows", default=None
    )
    folds: Annotated[int, Field(ge=1)] = field("Cross-validation.", example=5, unit="validation parts", default=1)
    group: Text | None = field(
        "Rows with an equal value of this column stay together.", example="customer_id", default=None
    )


class ExpressionSplit(Shape):
    """Parts named by an expression with the values `train`, `validation` and `test`."""

    by: Annotated[Expression, WithJsonSchema({"type": "string", "not": {"enum": ["time", "random"]}})] = field(
        "How rows are told apart.", example="case when year < 2020 then 'train' else 'test' end"
    )


def _split_kind(value: object) -> str:
    by = value.get("by") if isinstance(value, dict) else None
    return {"time": "TimeSplit", "random": "RandomSplit"}.get(by if isinstance(by, str) else "", "ExpressionSplit")


Split = Annotated[
    Annotated[TimeSplit, Tag("TimeSplit")]
    | Annotated[RandomSplit, Tag("RandomSplit")]
    | Annotated[ExpressionSplit, Tag("ExpressionSplit")],
    Discriminator(_split_kind),
]


def _at_kind(value: object) -> str:
    return "Spine" if isinstance(value, dict) else "expression"


At = Annotated[Annotated[Spine, Tag("Spine")] | Annotated[Expression, Tag("expression")], Discriminator(_at_kind)]


class Examples(Shape):
    """A population of rows, each with its moment of prediction."""

    from_: Reference = field("The source of the rows.", example="flights")
    at: At | None = field(
        "The moment of prediction: an expression, or regular moments; the source's `time` where it is left out.",
        example="scheduled_departure - interval 1 hour",
        default=None,
    )
    where: Expression | None = field("The population, also when serving.", example="recent.orders > 0", default=None)
    label: Label | None = field("The truth.", example="arr_delay > 15", default=None)
    weight: Expression | None = field(
        "The weight of a row in fitting; 1 where it is left out.", example="amount", default=None
    )
    split: Split | None = field(
        "Parts, shared by every training on these examples.",
        example={"by": "time", "test": "30d", "validation": "30d"},
        default=None,
    )
