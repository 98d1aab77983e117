"""Install a pipeline: what the runtime reads goes to the store, the rest is a stack of CloudFormation."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from mlc_compiler.target import EngineError
from mlc_containers.parts import PART
from mlc_stepfunctions.cloud import Cloud, RefusedError
from mlc_stepfunctions.serving import Server
from mlc_stepfunctions.state_machines import StateMachine, read_by_jobs
from mlc_stepfunctions.template import INLINE, OURS, TEMPLATE, stack_files

_EVERY = 3.0
"""Seconds between looks at a stack that is being made."""
_SOUND = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})


def install(cloud: Cloud, machines: Sequence[StateMachine], servers: Sequence[Server]) -> str:
    """Install or update a pipeline; the ARN of the state machine of the whole.

    Args:
        cloud: where.
        machines: its state machines, that of the whole first.
        servers: what answers for its online servings.

    Raises:
        EngineError: AWS would not, or could not be asked.
    """
    files = {**stack_files(machines, servers), **read_by_jobs(machines)}
    whole = machines[0]
    own = {server.prefix + name: data for server in servers for name, data in server.files(whole.site).items()}
    for key, data in ({whole.prefix + name: data for name, data in files.items()} | own).items():
        cloud.ask("s3", "put_object", Bucket=whole.site.bucket, Key=key, Body=data)
    template = files[TEMPLATE]
    body = {"TemplateBody": template.decode()}
    if len(template) > INLINE:
        body = {"TemplateURL": cloud.address(whole.site.bucket, whole.prefix + TEMPLATE)}
    _deploy(cloud, whole.name, body)
    return machine_arn(cloud, whole.name)


def machine_arn(cloud: Cloud, name: str) -> str:
    """The ARN of a state machine of an installed pipeline, by its name."""
    pipeline, mark, part = name.partition(PART)
    stack = _stack(cloud, pipeline)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in (stack or {}).get("Outputs", ())}
    if "Machine" not in outputs:
        raise EngineError(f"there is no pipeline `{pipeline}` in this account and region", "`mlc submit` installs one")
    return f"{outputs['Machine']}{mark}{part}"


def _deploy(cloud: Cloud, name: str, template: Mapping[str, str]) -> None:
    """Create or update the stack, and wait for it."""
    stack = _stack(cloud, name)
    if stack and not str(stack.get("Description")).endswith(OURS):
        message = f"there is a stack `{name}` already, and it is no pipeline of mlc's"
        raise EngineError(message, "give the pipeline another name")
    status = str(stack["StackStatus"]) if stack else ""
    if status and status not in _SOUND:
        help_ = f"wait for it, or delete it: `aws cloudformation delete-stack --stack-name {name}`"
        raise EngineError(f"the stack `{name}` is in state {status}", help_)
    try:
        cloud.ask(
            "cloudformation",
            "update_stack" if stack else "create_stack",
            StackName=name,
            Capabilities=["CAPABILITY_IAM"],
            **template,
        )
    except RefusedError as error:
        if "No updates are to be performed" in error.message:
            return
        raise
    while (found := _stack(cloud, name)) is not None and str(found["StackStatus"]).endswith("_IN_PROGRESS"):
        time.sleep(_EVERY)
    status = str(found["StackStatus"]) if found else "DELETE_COMPLETE"
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise EngineError(f"the stack `{name}` came to {status}: {_why(cloud, name)}")


def _stack(cloud: Cloud, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = cloud.ask("cloudformation", "describe_stacks", StackName=name)["Stacks"][0]
    except RefusedError as error:
        if "does not exist" in error.message:
            return None
        raise
    return found


def _why(cloud: Cloud, name: str) -> str:
    """What was wrong first: events come with the latest in front."""
    events = cloud.ask("cloudformation", "describe_stack_events", StackName=name)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    reasons = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed]
    return next((reason for reason in reversed(reasons) if "cancelled" not in reason), "nothing is said why")
