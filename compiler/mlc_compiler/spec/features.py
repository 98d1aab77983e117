"""Feature groups: what is computed for an example from what was known at its moment."""

from collections.abc import Iterator
from typing import ClassVar

from mlc_compiler.spec.shape import Form, Shape, field
from mlc_compiler.spec.values import (
    Arguments,
    ColumnsOrMap,
    Expression,
    Inputs,
    JoinKeys,
    Length,
    Piece,
    Reference,
    TimeWindow,
    Use,
    pieces,
)


class FeatureGroup(Shape):
    """Columns evaluated for each example, written `group.column`."""

    FORMS: ClassVar[tuple[Form, ...]] = (
        Form("from", needs=("columns",), allows=("join", "window", "where", "refresh")),
        Form("use", needs=("inputs", "columns"), allows=("with",)),
        Form(None, needs=("columns",)),
    )

    from_: Reference | None = field(
        "The source whose rows are looked up; without it, columns are computed from the example itself.",
        example="orders",
        default=None,
    )
    join: JoinKeys = field(
        "Equality on these: columns of the same name, or a map from the example's column to the source's; "
        "`[]` for all rows.",
        example={"plane.model": "model"},
        default=(),
    )
    window: TimeWindow | None = field(
        "Rows with `$at + A <= time < $at + B`; `14d` is `-14d..0d`; all the past where it is left out.",
        example="14d",
        default=None,
    )
    where: Expression | None = field("More conditions on the rows.", example="amount > 0", default=None)
    columns: ColumnsOrMap = field(
        "Expressions by name, or a list of columns as they are; with `use`, the types of what the function returns.",
        example={"spent": "sum(amount)", "orders": "count(*)"},
        default=(),
    )
    refresh: Length | None = field(
        "Evaluate at `$at` rounded down to this step, in training and serving alike.", example="1d", default=None
    )
    use: Use | None = field(
        "A Python function that returns one row for each row it is given.", example="text.embed:embed", default=None
    )
    with_: Arguments = field("The function's arguments.", example={"size": 64}, default={})
    inputs: Inputs = field(
        "The columns of the table that the function is given: the example's, or other groups'.",
        example={"text": "last.comment"},
        default={},
    )

    def items(self) -> Iterator[Piece]:
        """The columns: name, expression (with `use`: type), path below the group."""
        return pieces(self.columns, "columns")

    def join_items(self) -> Iterator[Piece]:
        """The equalities: the example's column, the source's column, path below the group."""
        return pieces(self.join, "join")
