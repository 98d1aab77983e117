"""Servings: who gets predictions, where, when."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlc_compiler.expression.duration import parse_window
from mlc_compiler.spec.shape import Form, Shape, ShortShape, field
from mlc_compiler.spec.values import Columns, Expression, Name, Text, TimeWindow

_GATE = """\
The gate from candidate to live: over `TRAINING.PART.METRIC`, `TRAINING.live.PART.METRIC` of the live model on the same
rows, `TRAINING.live.test.p_worse`, how likely test rows are by chance to speak so much against the candidate (a paired
test), and `TRAINING.test.latency`, the milliseconds in which it answers 95 of 100 single rows."""


class Write(ShortShape):
    """Where predictions go: a path, or a table of a connection."""

    SHORT: ClassVar[str] = "path"
    FORMS: ClassVar[tuple[Form, ...]] = (Form("path"), Form("table", needs=("connection",)))

    path: Text | None = field(
        "A file, its format told by its extension.", example="build/predictions.parquet", default=None
    )
    connection: Name | None = field("One of the environment's connections.", example="crm_db", default=None)
    table: Text | None = field("A table of the connection.", example="scores.churn", default=None)


class Online(Shape):
    """Predictions on request."""

    mode: Literal["online"] = field("Answers requests.", example="online")
    model: Name = field("The training whose live model answers.", example="late")
    when: Expression | None = field(_GATE, example="late.test.roc_auc > late.live.test.roc_auc", default=None)
    request: Columns | None = field(
        "What the caller sends; what the features read from the example where it is left out.",
        example=["customer_id"],
        default=None,
    )


class Batch(Shape):
    """Predictions written in bulk."""

    mode: Literal["batch"] = field("Writes in bulk.", example="batch")
    model: Name = field("The training whose live model predicts.", example="churn")
    when: Expression | None = field(_GATE, example="churn.test.brier <= churn.live.test.brier", default=None)
    examples: Name | None = field(
        "The rows; the training's where it is left out.", example="active_customers", default=None
    )
    window: TimeWindow = field(
        "Rows whose `at` falls in this window around `$as_of`.", example="-1d..0d", default=parse_window("-1d..0d")
    )
    write: Write = field("Where the predictions go.", example={"connection": "crm_db", "table": "scores.churn"})


Serving = Annotated[Online | Batch, Field(discriminator="mode")]
