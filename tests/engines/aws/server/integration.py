"""What Step Functions does around a service that it calls, and moto leaves out.

Names of parameters and answers are put into the case of each service's API and back, and a Batch job that a state waits
for ends with the state: when the execution is stopped, the state's time is over, or another branch has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.model import OperationModel
from botocore.session import get_session
from moto.batch.models import batch_backends
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_batch import (
    StateTaskServiceBatch,
)
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.utils import camel_to_snake_case
from tests.engines.aws.server.clients import client
from tests.engines.aws.server.replace import replace

_wait = StateTaskServiceBatch._eval_integration_pattern
_ask = StateTaskServiceBatch._build_sync_resolver


def install() -> None:
    """Give moto's task states what they lack."""
    StateTaskService._normalise_parameters = _normalise_parameters
    StateTaskService._normalise_response = _normalise_response
    StateTaskServiceBatch._eval_integration_pattern = _wait_for_job
    StateTaskServiceBatch._build_sync_resolver = _ask_once
    replace(boto_client, "boto_client_for", lambda region, service, state_credentials=None: client(service, region))


def _normalise_parameters(
    task: StateTaskService,
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    shape = _operation(task, boto_service_name, service_action_name).input_shape
    if shape is not None:
        task._to_boto_request(parameters, shape)


def _normalise_response(
    task: StateTaskService, response: Any, boto_service_name: str | None = None, service_action_name: str | None = None
) -> None:
    shape = _operation(task, boto_service_name, service_action_name).output_shape
    if shape is not None:
        task._from_boto_response(response, shape)


def _operation(task: StateTaskService, service: str | None, action: str | None) -> OperationModel:
    return _find(
        task._get_boto_service_name(boto_service_name=service),
        task._get_boto_service_action(service_action_name=action),
    )


@cache
def _find(service: str, action: str) -> OperationModel:
    model = get_session().get_service_model(service)
    [name] = [name for name in model.operation_names if camel_to_snake_case(name) == camel_to_snake_case(action)]
    return model.operation_model(name)


def _ask_once(
    task: StateTaskServiceBatch,
    env: Any,
    resource_runtime_part: Any,
    normalised_parameters: Any,
    state_credentials: Any,
) -> Callable[[], Any]:
    """What asks whether a job has ended: it asks the service once it has, which is dear."""
    account, region = env.aws_execution_details.account, resource_runtime_part.region
    job = batch_backends[account][region].job(env.stack[-1]["JobId"])
    ask = _ask(task, env, resource_runtime_part, normalised_parameters, state_credentials)
    return lambda: ask() if job.ended else None


def _wait_for_job(
    task: StateTaskServiceBatch,
    env: Any,
    resource_runtime_part: Any,
    normalised_parameters: Any,
    state_credentials: Any,
) -> None:
    submitted = env.stack[-1]
    try:
        _wait(task, env, resource_runtime_part, normalised_parameters, state_credentials)
    finally:
        if not env.is_running():
            batch = client("batch", resource_runtime_part.region)
            batch.terminate_job(jobId=submitted["JobId"], reason="Terminated by AWS Step Functions")
