"""What the settings of every target may say that runs steps in containers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlc_compiler.expression.duration import parse_duration
from mlc_compiler.spec.shape import Shape, field
from mlc_compiler.spec.values import Length, Memory, Text

_FOLDER = r"\.?[A-Za-z0-9_-][A-Za-z0-9_.-]*"


class Defaults(Shape):
    """What a task gets where neither the spec nor the environment says."""

    cpu: Annotated[float, Field(gt=0, le=100_000)] = field("CPUs.", example=2, unit="cores", default=1.0)
    memory: Memory = field("Main memory.", example="4Gi", unit="bytes, with Ki, Mi, Gi or Ti", default=2 << 30)


class Volume(Shape):
    """A folder that outlives the containers of steps, each of which mounts it."""

    path: Annotated[str, Field(pattern=rf"^/?{_FOLDER}(/{_FOLDER})*/?$")] = field(
        "Where it is mounted; relative to the project's folder where it does not begin with `/`.", example="/store"
    )
    read_only: bool = field("Steps only read it.", example=True, default=False)


class ContainerSettings(Shape):
    """How steps live in containers."""

    resources: Defaults = field(
        "What a task gets where nobody says.", example={"cpu": 1, "memory": "2Gi"}, default=Defaults()
    )
    deadline: Length = field("How long a run may take.", example="2d", default=parse_duration("7d"))
    base_image: Text = field(
        "The image that the step image is built from; its Python's version is a part of keys.",
        example="python:3.12-slim",
        default="python:3.11-slim",
    )
