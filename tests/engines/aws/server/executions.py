"""Executions as Step Functions answers for them, where moto's answers differ."""

from __future__ import annotations

import json
import re
import threading
import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.stepfunctions.exceptions import InvalidExecutionInput, InvalidName
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.responses import StepFunctionResponse

INPUT = 262_144
"""The bytes of an execution's input (Service quotas of the Developer Guide)."""

PAGE = 1000
_NAME = re.compile(r"""[^\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}""")

_parsing = threading.Lock()
_parse = AmazonStateLanguageParser.parse
_set_error = Environment.set_error


def install() -> None:
    """Put these answers in the place of moto's."""
    AmazonStateLanguageParser.parse = staticmethod(parse)
    Environment.set_error = _fail
    StepFunctionResponse.start_execution = _start
    StepFunctionResponse.stop_execution = _stop
    StepFunctionResponse.describe_execution = _describe
    StepFunctionResponse.describe_state_machine_for_execution = _describe_machine
    StepFunctionResponse.get_execution_history = _history


def parse(definition: str) -> Any:
    """Parse a definition: one at a time, and nothing left of another's, for moto's parser has its state in a class."""
    with _parsing:
        Preprocessor._query_language_per_scope.clear()
        return _parse(definition)


def _fail(env: Environment, error: Any) -> None:
    """Note a failure; what fails because the execution was stopped is no news."""
    if not isinstance(env._program_state, ProgramStopped):
        _set_error(env, error)


def check_name(name: str) -> None:
    """Check the name of a state machine or an execution.

    Raises:
        InvalidName: it is too long, or has characters that names have not.
    """
    if not _NAME.fullmatch(name):
        raise InvalidName(f"Invalid Name: '{name}'")


def _start(response: StepFunctionResponse) -> ActionResult:
    name, given = response._get_param("name") or str(uuid.uuid4()), response._get_param("input", if_none="{}")
    check_name(name)
    if len(given.encode()) > INPUT:
        raise InvalidExecutionInput(f"an input has at most {INPUT} bytes")
    started = response.stepfunction_backend.start_execution(response._get_param("stateMachineArn"), name, given)
    return ActionResult({"executionArn": started.execution_arn, "startDate": started.start_date})


def _stop(response: StepFunctionResponse) -> ActionResult:
    execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
    if execution.status == "RUNNING":
        execution.error, execution.cause = response._get_param("error"), response._get_param("cause")
        execution.stop(stop_date=utcnow(), error=execution.error, cause=execution.cause)
    return ActionResult({"stopDate": execution.stop_date or utcnow()})


def _describe(response: StepFunctionResponse) -> ActionResult:
    execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
    found = execution.to_describe_output()
    return ActionResult({name: value for name, value in found.items() if value is not None})


def _describe_machine(response: StepFunctionResponse) -> ActionResult:
    """The state machine as it was when the execution began."""
    execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
    machine = execution.state_machine
    found = {"stateMachineArn": machine.arn, "name": machine.name, "definition": machine.definition}
    return ActionResult({**found, "roleArn": machine.roleArn, "updateDate": machine.update_date})


def _history(response: StepFunctionResponse) -> ActionResult:
    """A page of an execution's events; its token is the place of the next one."""
    execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
    events = list(execution.to_history_output()["events"])
    if response._get_param("reverseOrder"):
        events.reverse()
    begin = json.loads(response._get_param("nextToken") or "0")
    end = begin + min(response._get_int_param("maxResults") or 100, PAGE)
    return ActionResult({"events": events[begin:end], **({"nextToken": str(end)} if end < len(events) else {})})
