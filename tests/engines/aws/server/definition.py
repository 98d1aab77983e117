"""What Step Functions, or its validators, would refuse of a definition: moto's parser sees little of it.

What this engine cannot vouch for is refused here as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from botocore.model import ListShape, Shape, StructureShape
from moto.core.exceptions import AWSError
from moto.stepfunctions.parser.asl.parse.asl_parser import ASLParserException
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from tests.engines.aws.server import shapes
from tests.engines.aws.server.executions import parse
from tests.engines.aws.validator import Validator

SIZE = 1_048_576
"""The characters of a definition (Service quotas of the Developer Guide)."""

_RESOURCE = re.compile(
    r"arn:aws:states:::(aws-sdk:)?(?P<service>[\w-]+):(?P<action>\w+)(\.sync(:2)?|\.waitForTaskToken)?"
)
_BOTO = {"sfn": "stepfunctions", "states": "stepfunctions"}
_ANYTHING = {"string": "x" * 20, "integer": 2, "long": 2, "boolean": True, "double": 1.0, "float": 1.0, "blob": b"x"}
"""Values that stand for what only the execution knows, by type."""


class InvalidDefinitionError(AWSError):
    """Step Functions would not take the definition."""

    TYPE = "InvalidDefinition"
    STATUS = 400


def install(validator: Validator) -> None:
    """Let this decide what is created and updated."""
    StepFunctionsParserBackend._validate_definition = staticmethod(partial(_check, validator))


def _check(validator: Validator, definition: str) -> None:
    found = list(problems(definition, validator))
    if found:
        raise InvalidDefinitionError(f"Invalid State Machine Definition: '{'; '.join(found)}'")


def problems(text: str, validator: Validator) -> Iterator[str]:
    """What is wrong with a definition."""
    if len(text) > SIZE:
        yield f"a definition has at most {SIZE} characters, not {len(text)}"
    try:
        definition = json.loads(text)
    except ValueError as error:
        yield f"no JSON: {error}"
        return
    yield from validator.problems(definition)
    for name, state in _states(definition):
        yield from (f"{name}: {problem}" for problem in _state(state))
    try:
        parse(text)
    except (ASLParserException, ValueError) as error:
        yield f"moto's parser: {error}"


def _states(machine: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All states by name, those inside of others too."""
    for name, state in machine.get("States", {}).items():
        yield name, state
        inside = [*state.get("Branches", []), state.get("ItemProcessor", {}), state.get("Iterator", {})]
        for each in inside:
            yield from _states(each)


def _state(state: Mapping[str, Any]) -> Iterator[str]:
    if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        yield "this engine does not know when a Distributed Map fails, and so runs none"
    if state.get("Type") != "Task":
        return
    resource = _RESOURCE.fullmatch(str(state.get("Resource")))
    if resource is None:
        yield f"this engine calls no {state.get('Resource')}"
        return
    action = resource["action"]
    service, operation = _BOTO.get(resource["service"], resource["service"]), action[0].upper() + action[1:]
    given = state.get("Arguments", state.get("Parameters", {}))
    if isinstance(given, Mapping):
        try:
            shape = shapes.request_shape(service, operation)
        except ValueError as error:
            yield str(error)
            return
        yield from shapes.problems(service, operation, _request(given, shape))


def _request(value: Any, shape: Shape | None) -> Any:
    """Parameters as the service's API has them, with something that fits where only the execution knows what it is."""
    if shape is None:
        return value
    match value:
        case Mapping() if isinstance(shape, StructureShape):
            members = {name[0].upper() + name[1:]: name for name in shape.members}
            plain = {name.removesuffix(".$"): (below, name.endswith(".$")) for name, below in value.items()}
            return {
                members.get(name, name): _known(below, shape.members.get(members.get(name, "")), unknown)
                for name, (below, unknown) in plain.items()
            }
        case list() if isinstance(shape, ListShape):
            return [_known(each, shape.member, False) for each in value]
        case _:
            return value


def _known(value: Any, shape: Shape | None, unknown: bool) -> Any:
    if shape is not None and (unknown or (isinstance(value, str) and value.startswith("{%"))):
        return _some(shape)
    return _request(value, shape)


def _some(shape: Shape) -> Any:
    """A value of a shape."""
    if isinstance(shape, StructureShape):
        return {name: _some(shape.members[name]) for name in shape.required_members}
    if isinstance(shape, ListShape):
        return []
    return shape.enum[0] if getattr(shape, "enum", None) else _ANYTHING.get(shape.type_name, {})
