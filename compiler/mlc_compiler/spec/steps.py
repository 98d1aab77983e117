"""Steps: the escape hatch, any function or container, or a person's yes."""

from typing import ClassVar, Literal

from mlc_compiler.expression.duration import parse_duration
from mlc_compiler.spec.call import NO_RETRY, Approval, Container, Resources, Retry
from mlc_compiler.spec.shape import Form, Shape, field
from mlc_compiler.spec.values import Arguments, Expression, Inputs, Length, Name, Names, Share, Text, Use

_WORK = ("with", "inputs", "outputs", "each", "resources", "retry", "timeout", "tolerate", "secrets")


class Step(Shape):
    """A function or container with declared inputs and outputs, or an approval."""

    FORMS: ClassVar[tuple[Form, ...]] = (
        Form("use", allows=_WORK),
        Form("container", allows=_WORK),
        Form("approve"),
    )

    use: Use | None = field("The function that is called.", example="checks.drift:psi", default=None)
    container: Container | None = field(
        "The container that is run.", example={"image": "ghcr.io/acme/report:1.4"}, default=None
    )
    approve: Approval | None = field(
        "A person is asked.", example={"message": "Go live?", "timeout": "2d"}, default=None
    )
    with_: Arguments = field("Arguments by name.", example={"bins": 20}, default={})
    inputs: Inputs = field(
        "By argument: a source, examples, a training, or `STEP.OUTPUT`.",
        example={"now": "sources.orders"},
        default={},
    )
    outputs: dict[Name, Literal["int", "float", "string", "bool", "file"]] = field(
        "What it returns, by name, with the type.", example={"psi": "float"}, default={}
    )
    each: Text | None = field("Once for each value found in `INPUT.column`.", example="now.country", default=None)
    after: Names = field("What must have ended before.", example=["churn"], default=())
    when: Expression | None = field("Otherwise it is left out.", example="drift.psi > 0.2", default=None)
    resources: Resources | None = field("What one task needs.", example={"cpu": 2, "memory": "4Gi"}, default=None)
    retry: Retry = field("How often a failed task is tried again.", example=3, default=NO_RETRY)
    timeout: Length = field("How long one task may take.", example="10m", default=parse_duration("1h"))
    tolerate: Share = field(
        "The share of the tasks read that may have failed.", example="5%", unit="share of tasks", default=0.0
    )
    secrets: dict[Text, Name] = field(
        "Secrets of the environment, by argument.", example={"token": "crm_token"}, default={}
    )
    always: bool = field("Runs last, whatever happened, and may read `RUN.status`.", example=True, default=False)
