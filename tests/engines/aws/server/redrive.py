"""RedriveExecution: an execution goes on from the state that did not end, with what that state was given.

Of a state with states inside, Step Functions keeps what has ended in it; here the whole state begins again.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.responses import StepFunctionResponse

_UNSUCCESSFUL = {"FAILED", "ABORTED", "TIMED_OUT"}


class NotRedrivableError(AWSError):
    """The execution runs, or has succeeded."""

    TYPE = "ExecutionNotRedrivable"
    STATUS = 400


def install() -> None:
    """Add the operation to moto's."""
    StepFunctionResponse.redrive_execution = _redrive


def _redrive(response: StepFunctionResponse) -> ActionResult:
    execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
    if execution.status not in _UNSUCCESSFUL:
        raise NotRedrivableError(f"Execution is {execution.status} and can not be redriven.")
    worker, (state, given) = execution.exec_worker, _unfinished(execution)
    program, env = worker._get_evaluation_entrypoint(), worker.env
    program.start_at.start_at_name = state
    env._frames.clear()
    env._program_state = None
    env.states.reset(given)
    execution.exec_status = ExecutionStatus.RUNNING
    execution.stop_date = execution.error = execution.cause = execution.output = None

    def run() -> None:
        program.eval(env)
        worker._execution_communication.terminated()

    threading.Thread(target=run, daemon=True).start()
    return ActionResult({"redriveDate": utcnow()})


def _unfinished(execution: Execution) -> tuple[str, Any]:
    """The outermost state that an execution was in when it ended, and the input of that state."""
    outermost = json.loads(execution.state_machine.definition)["States"]
    entered = [
        event["stateEnteredEventDetails"]
        for event in execution.to_history_output()["events"]
        if event["type"].endswith("StateEntered") and event["stateEnteredEventDetails"]["name"] in outermost
    ]
    return entered[-1]["name"], json.loads(entered[-1]["input"])
