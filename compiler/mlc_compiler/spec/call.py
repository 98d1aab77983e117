"""Calls: the one way in which Python appears in a spec, and the resources and patience given to what it does."""

import re
from typing import Annotated, ClassVar, TypeGuard

from pydantic import Field

from mlc_compiler.spec.shape import Shape, ShortShape, field
from mlc_compiler.spec.values import METRIC_PATTERN, Arguments, Length, Memory, Name, Text, Use


def is_parameter(value: object) -> TypeGuard[str]:
    """Whether a value under `with` is `$name`: it stands for a parameter of the run."""
    return isinstance(value, str) and re.fullmatch(r"\$[a-z][a-z0-9_]*", value) is not None


class Call(ShortShape):
    """A Python object and the arguments it is called with; a bare string is a call without arguments."""

    SHORT: ClassVar[str] = "use"

    use: Use = field(
        "What is called: `package.module:name`, or a dotted path whose last part is the name.",
        example="sklearn.linear_model.LogisticRegression",
    )
    with_: Arguments = field("Arguments by name.", example={"max_iter": 500}, default={})


class Metric(ShortShape):
    """A metric: a name that mlc knows, or a Python function `f(label, prediction, rows) -> float`."""

    SHORT: ClassVar[str] = "use"

    use: Annotated[str, Field(pattern=METRIC_PATTERN)] = field(
        "A known metric's name, or a function `package.module:name`.", example="roc_auc"
    )
    with_: Arguments = field("Arguments by name.", example={"beta": 2}, default={})

    @property
    def name(self) -> str:
        """The name by which `select` and conditions refer to the metric."""
        return self.use.replace(":", ".").rpartition(".")[2]


class Resources(Shape):
    """What one task of a step needs."""

    cpu: Annotated[float, Field(gt=0, le=100_000)] | None = field("CPUs.", example=2, unit="cores", default=None)
    memory: Memory | None = field("Main memory.", example="4Gi", unit="bytes, with Ki, Mi, Gi or Ti", default=None)
    gpu: Annotated[int, Field(ge=0)] | None = field("GPUs.", example=1, unit="devices", default=None)
    pool: Name | None = field("One of the environment's pools.", example="gpu", default=None)


class Retry(ShortShape):
    """How often a failed task is tried again; a bare number is the limit."""

    SHORT: ClassVar[str] = "limit"

    limit: Annotated[int, Field(ge=0, le=100)] = field("How many times more.", example=3, unit="attempts")
    backoff: Length | None = field(
        "The pause before the first repetition; each further pause is twice as long.", example="10s", default=None
    )
    max: Length | None = field("The longest pause.", example="5m", default=None)


NO_RETRY = Retry.model_construct(limit=0)
"""Constructed and not validated, since a validator that is built on import would be built twice."""


class Container(Shape):
    """A container that finds its inputs under `$MLC_IN` and leaves its outputs under `$MLC_OUT`."""

    image: Text = field("The image.", example="ghcr.io/acme/report:1.4")
    command: Annotated[tuple[Text, ...], Field(strict=False)] = field(
        "The command and its arguments; the image's own where it is left out.",
        example=["python", "report.py"],
        default=(),
    )


class Approval(Shape):
    """A person says yes before what follows goes on."""

    message: Text = field("What the person is asked.", example="Send the scores to the call centre?")
    timeout: Length | None = field("How long the question stands; no answer is a no.", example="2d", default=None)
