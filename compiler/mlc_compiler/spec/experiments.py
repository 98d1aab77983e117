"""Experiments: which variant is better in the world."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from mlc_compiler.spec.shape import Form, Shape, ShortShape, field
from mlc_compiler.spec.values import (
    Columns,
    Expression,
    JoinKeys,
    Length,
    Name,
    Piece,
    Reference,
    Share,
    Text,
    TimeWindow,
    pieces,
)


class Arm(Shape):
    """A variant; what it does not set is the service's."""

    share: Share = field("Its share of the units.", example="50%", unit="share of units")
    model: Name | None = field("The training whose live model it uses.", example="baseline", default=None)
    threshold: Annotated[float, Field(ge=0, le=1)] | None = field(
        "From which probability on the answer is yes.", example=0.3, unit="probability", default=None
    )


class Outcome(Shape):
    """What decides: a metric of the predictions, or an aggregate over what happens after exposure."""

    FORMS: ClassVar[tuple[Form, ...]] = (
        Form("metric", needs=("better",)),
        Form("from", needs=("window", "value", "better"), allows=("join",)),
    )

    metric: Text | None = field("A metric of predictions against labels.", example="brier", default=None)
    from_: Reference | None = field("The source whose later rows decide.", example="orders", default=None)
    join: JoinKeys = field("Equality on these, as in a feature group.", example=["customer_id"], default=())
    window: TimeWindow | None = field("Which rows, relative to the exposure.", example="0d..14d", default=None)
    value: Expression | None = field("The aggregate.", example="sum(amount)", default=None)
    better: Literal["higher", "lower"] | None = field("Which way is better.", example="higher", default=None)

    def join_items(self) -> Iterator[Piece]:
        """The equalities: the unit's column, the source's column, path below the outcome."""
        return pieces(self.join, "join")


class Guardrail(Outcome):
    """What must not get worse by more than is tolerated."""

    at_most: Share = field("The tolerated harm.", example="2%", unit="share of the control's value", default=0.0)


class Baseline(ShortShape):
    """What the outcome is today: a rate, or a mean and a standard deviation."""

    SHORT: ClassVar[str] = "rate"
    FORMS: ClassVar[tuple[Form, ...]] = (Form("rate"), Form("mean", needs=("std",)))

    rate: Share | None = field(
        "The share of units with the outcome.", example="12%", unit="share of units", default=None
    )
    mean: Annotated[float, Field(allow_inf_nan=False)] | None = field(
        "The mean of the outcome.", example=31.5, unit="the outcome's", default=None
    )
    std: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = field(
        "The standard deviation of the outcome.", example=12.0, unit="the outcome's", default=None
    )


class Experiment(Shape):
    """A comparison of arms on live traffic."""

    service: Name = field("The serving whose traffic is divided.", example="late_api")
    unit: Text = field("The column whose values are assigned to arms.", example="customer_id")
    arms: Annotated[dict[Name, Arm], Field(min_length=2)] = field(
        "The variants. The others are compared with `control`, else with the one that sets nothing, else with the "
        "first by name.",
        example={"control": {"share": "50%"}, "eager": {"share": "50%", "threshold": 0.3}},
    )
    outcome: Outcome = field("What decides.", example={"metric": "brier", "better": "lower"})
    guardrails: Annotated[tuple[Guardrail, ...], Field(strict=False)] = field(
        "What must not get worse.", example=[{"metric": "brier", "better": "lower", "at_most": "2%"}], default=()
    )
    detect: Share = field("The smallest relative change worth finding.", example="3%", unit="share of the baseline")
    power: Share = field("The chance to find it.", example=0.8, unit="probability", default=0.8)
    alpha: Share = field("The chance to find what is not there.", example=0.05, unit="probability", default=0.05)
    daily_units: Annotated[int, Field(ge=1)] | None = field(
        "New units a day.", example=4000, unit="units a day", default=None
    )
    max_duration: Length | None = field("How long it may take.", example="28d", default=None)
    baseline: Baseline | None = field("What the outcome is today.", example={"mean": 31.5, "std": 12}, default=None)
    covariate: Text | None = field("A feature that reduces the variance.", example="recent.spent", default=None)
    where: Expression | None = field("Which units take part.", example="recent.orders > 0", default=None)
    segments: Columns | None = field("Columns whose values are reported apart.", example=["country"], default=None)
    layer: Name | None = field(
        "Experiments of one layer divide the units; those of different layers overlap.",
        example="checkout",
        default=None,
    )
    holdout: Share = field(
        "The share of units kept out of the layer.", example="5%", unit="share of units", default=0.0
    )

    @property
    def control(self) -> str:
        """The arm that the others are compared with: its name says so, else that it is the service as it is."""
        plain = (name for name, arm in self.arms.items() if arm.model is None and arm.threshold is None)
        return "control" if "control" in self.arms else min(plain, default=min(self.arms))

    @property
    def ordered(self) -> tuple[str, ...]:
        """The arms, the control first, the others by name: as they are written says nothing."""
        return (self.control, *sorted(self.arms.keys() - {self.control}))

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        total = sum(round(arm.share * 1_000_000) for arm in self.arms.values()) + round(self.holdout * 1_000_000)
        if total > 1_000_000:
            raise PydanticCustomError(
                "MLC113",
                "the arms' shares add up to {total}%",
                {
                    "total": f"{total / 10_000:g}",
                    "at": "arms",
                    "help": "each unit is in at most one arm: take some shares down",
                },
            )
        return self
