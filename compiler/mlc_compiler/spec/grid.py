"""Grids: which settings of a training are tried."""

from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Discriminator, Field, JsonValue, Tag

from mlc_compiler.source.place import Path
from mlc_compiler.spec.shape import Form, Shape, field
from mlc_compiler.spec.values import Number, PositiveNumber, Text, Values


class ValueRange(Shape):
    """Values between two ends: so many, in steps, or (without either) all of them, for drawing."""

    FORMS: ClassVar[tuple[Form, ...]] = (Form("count", allows=("scale",)), Form("step"), Form(None, allows=("scale",)))

    from_: Number = field("The first value.", example=0.01)
    to: Number = field("The last value, included.", example=10)
    count: Annotated[int, Field(ge=1)] | None = field("How many values.", example=4, unit="values", default=None)
    step: PositiveNumber | None = field("The distance from value to value.", example=10, default=None)
    scale: Literal["linear", "log"] = field(
        "How the values are spaced.",
        example="log",
        default="linear",
        options={"linear": "Equal distances.", "log": "Equal ratios."},
    )


def _values_kind(value: object) -> str:
    if not isinstance(value, dict):
        return "list"
    return "ValueRange" if "from" in value or "to" in value else "stage"


def _range_kind(value: object) -> str:
    return "ValueRange" if isinstance(value, dict) else "list"


_Range = Annotated[ValueRange, Tag("ValueRange")]
_List = Annotated[Values, Tag("list")]
Choices = Annotated[_List | _Range, Discriminator(_range_kind)]
StageGrid = dict[Text, Choices]
SubGrid = dict[
    Text,
    Annotated[_List | _Range | Annotated[StageGrid, Tag("stage")], Discriminator(_values_kind)],
]


def _grid_kind(value: object) -> str:
    return "map" if isinstance(value, dict) else "list"


Grid = Annotated[
    Annotated[SubGrid, Field(min_length=1), Tag("map")]
    | Annotated[tuple[SubGrid, ...], Field(strict=False, min_length=1), Tag("list")],
    Discriminator(_grid_kind),
]


class GridParameter(NamedTuple):
    """One parameter of a sub-grid.

    Attributes:
        target: `model` where it sets an argument of the model, else the name of a stage of `prepare`.
        argument: the argument that it sets; `None` where it sets the call itself.
        choices: the values.
        path: where it stands, below the training.
    """

    target: str
    argument: str | None
    choices: tuple[JsonValue, ...] | ValueRange
    path: Path


def grid_parameters(sub_grid: dict[str, Any], path: Path, stages: frozenset[str]) -> list[GridParameter]:
    """The parameters of one sub-grid, `stage.name` and `stage: {name: ...}` alike.

    Args:
        sub_grid: one map of `Training.grid`.
        path: where it stands, below the training.
        stages: the names of `prepare`.
    """
    found: list[GridParameter] = []
    for key, choices in sub_grid.items():
        here = (*path, key)
        if isinstance(choices, dict):
            found += [GridParameter(key, name, inner, (*here, name)) for name, inner in choices.items()]
        elif "." in key:
            target, _, argument = key.partition(".")
            found.append(GridParameter(target, argument, choices, here))
        elif key == "model" or key in stages:
            found.append(GridParameter(key, None, choices, here))
        else:
            found.append(GridParameter("model", key, choices, here))
    return found


class Halving(Shape):
    """Successive halving: many settings with little, the best of them with more."""

    factor: Annotated[int, Field(ge=2)] = field(
        "Each rung keeps one of so many settings, and gives it so many times the resource.",
        example=3,
        unit="times",
        default=3,
    )
    resource: Text = field("The model's argument that is the resource.", example="n_estimators")
    min: Annotated[int, Field(ge=1)] = field("The resource of the first rung.", example=20, unit="the resource's")
    start: Annotated[int, Field(ge=1)] | None = field(
        "How many settings are drawn for the first rung; all of the grid where it is left out.",
        example=81,
        unit="settings",
        default=None,
    )


class Search(Shape):
    """How the grid is walked, when not all of it: drawn settings, or rungs."""

    FORMS: ClassVar[tuple[Form, ...]] = (Form("random"), Form("halving"), Form(None))

    random: Annotated[int, Field(ge=1)] | None = field(
        "So many settings, drawn without repetition.", example=60, unit="settings", default=None
    )
    halving: Halving | None = field(
        "Successive halving.", example={"factor": 3, "resource": "n_estimators", "min": 20, "start": 81}, default=None
    )
