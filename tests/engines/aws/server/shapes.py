"""Requests checked against the shapes that AWS publishes for its services, as botocore has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.session import get_session
from botocore.validate import ParamValidator


@cache
def request_shape(service: str, operation: str) -> StructureShape:
    """The shape of an operation's request.

    Raises:
        ValueError: There is no such service or operation.
    """
    session = get_session()
    if service not in session.get_available_services():
        raise ValueError(f"there is no service {service}")
    model = session.get_service_model(service)
    if operation not in model.operation_names:
        raise ValueError(f"{service} has no operation {operation}")
    shape = model.operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


def problems(service: str, operation: str, request: Mapping[str, Any]) -> list[str]:
    """What is wrong with a request: unknown names, wrong types, what is missing, and numbers out of range."""
    shape = request_shape(service, operation)
    report = ParamValidator().validate(request, shape)
    wrong = [report.generate_report()] if report.has_errors() else []
    return [f"unknown parameter {name}" for name in _unknown(request, shape, "")] + wrong


def renamed(service: str, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties whose names begin with capitals, as CloudFormation has them, named as the API names them."""
    found: dict[str, Any] = _renamed(properties, request_shape(service, operation))
    return found


def _renamed(value: Any, shape: Shape | None) -> Any:
    match shape, value:
        case StructureShape(), Mapping():
            members = {name[0].upper() + name[1:]: name for name in shape.members}
            named = {members.get(name, name): below for name, below in value.items()}
            return {name: _renamed(below, shape.members.get(name)) for name, below in named.items()}
        case ListShape(), list():
            return [_renamed(each, shape.member) for each in value]
        case _:
            return value


def _unknown(value: Any, shape: Shape, place: str) -> Iterator[str]:
    match shape, value:
        case StructureShape(), dict():
            for name, below in value.items():
                if name not in shape.members:
                    yield f"{place}{name}"
                else:
                    yield from _unknown(below, shape.members[name], f"{place}{name}.")
        case ListShape(), list():
            for number, below in enumerate(value):
                yield from _unknown(below, shape.member, f"{place}{number}.")
        case MapShape(), dict():
            for name, below in value.items():
                yield from _unknown(below, shape.value, f"{place}{name}.")
        case _:
            pass
