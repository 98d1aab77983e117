"""The API of CloudFormation, in the place of moto's, which takes a stack for made whatever is in it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from moto.cloudformation.exceptions import AlreadyExistsException, CloudFormationError, ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult
from tests.engines.aws.server.clients import client
from tests.engines.aws.server.stacks.stack import Event, Resource, Stack, unknown_types
from tests.engines.aws.server.stacks.template import SIZE, TemplateError, read

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_IN_S3 = 1_048_576

_stacks: dict[str, Stack] = {}
"""All stacks by their ids, deleted ones too."""


class InsufficientCapabilitiesError(CloudFormationError):
    """Roles are made only by who says so."""

    code = "InsufficientCapabilitiesException"


def install() -> None:
    """Put these answers in the place of moto's."""
    for name, answer in _ANSWERS.items():
        setattr(CloudFormationResponse, name, answer)


def _create(response: CloudFormationResponse) -> ActionResult:
    name = response._get_param("StackName")
    if not _NAME.fullmatch(name):
        raise ValidationError(message=f"1 validation error detected: Value '{name}' at 'stackName'")
    if _find(name) is not None:
        raise AlreadyExistsException(f"Stack [{name}] already exists")
    template, text = _template(response)
    _check_capabilities(response, template)
    account, region = response.current_account, response.region
    identifier = f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"
    known = {
        "AWS::AccountId": account,
        "AWS::NoValue": None,
        "AWS::Partition": "aws",
        "AWS::Region": region,
        "AWS::StackId": identifier,
        "AWS::StackName": name,
        "AWS::URLSuffix": "amazonaws.com",
    }
    tags = {each["Key"]: each["Value"] for each in response._get_param("Tags", [])}
    stack = Stack(identifier, name, partial(client, region=region), template, text, known, tags)
    _stacks[identifier] = stack
    stack.begin("CREATE_IN_PROGRESS", stack.create)
    return ActionResult({"StackId": identifier})


def _update(response: CloudFormationResponse) -> ActionResult:
    stack = _need(response._get_param("StackName"))
    _check_state(stack, stack.status not in {"ROLLBACK_COMPLETE", "DELETE_FAILED"}, "updated")
    template, text = _template(response)
    _check_capabilities(response, template)
    if template == stack.template:
        raise ValidationError(message="No updates are to be performed.")
    stack.begin("UPDATE_IN_PROGRESS", lambda: stack.update(template, text))
    return ActionResult({"StackId": stack.id})


def _delete(response: CloudFormationResponse) -> ActionResult:
    stack = _find(response._get_param("StackName"))
    if stack is not None and stack.status != "DELETE_IN_PROGRESS":
        stack.begin("DELETE_IN_PROGRESS", stack.delete)
    return EmptyResult()


def _describe(response: CloudFormationResponse) -> ActionResult:
    name = response._get_param("StackName")
    found = [_need(name, deleted=True)] if name else [each for each in _stacks.values() if _there(each)]
    return ActionResult({"Stacks": [_shown(each) for each in found]})


def _describe_events(response: CloudFormationResponse) -> ActionResult:
    stack = _need(response._get_param("StackName"), deleted=True)
    return ActionResult({"StackEvents": [_event(stack, each) for each in reversed(stack.events)]})


def _describe_resources(response: CloudFormationResponse) -> ActionResult:
    stack, wanted = _need(response._get_param("StackName")), response._get_param("LogicalResourceId")
    found = [each for each in stack.resources.values() if wanted in {None, each.logical}]
    shown = [{**_resource(each), "Timestamp": each.changed, "StackName": stack.name} for each in found]
    return ActionResult({"StackResources": shown})


def _list_resources(response: CloudFormationResponse) -> ActionResult:
    found = _need(response._get_param("StackName")).resources.values()
    shown = [{**_resource(each), "LastUpdatedTimestamp": each.changed} for each in found]
    return ActionResult({"StackResourceSummaries": shown})


def _get_template(response: CloudFormationResponse) -> ActionResult:
    return ActionResult({"TemplateBody": _need(response._get_param("StackName")).text})


def _validate(response: CloudFormationResponse) -> ActionResult:
    template, _ = _template(response)
    return ActionResult({"Description": template.get("Description", ""), "Parameters": []})


_ANSWERS = {
    "create_stack": _create,
    "update_stack": _update,
    "delete_stack": _delete,
    "describe_stacks": _describe,
    "describe_stack_events": _describe_events,
    "describe_stack_resources": _describe_resources,
    "list_stack_resources": _list_resources,
    "get_template": _get_template,
    "validate_template": _validate,
}


def _template(response: CloudFormationResponse) -> tuple[Mapping[str, Any], str]:
    """The template of a request, read, and its text."""
    body, address = response._get_param("TemplateBody"), response._get_param("TemplateURL")
    if address:
        bucket, _, key = urlsplit(address).path.lstrip("/").partition("/")
        body, most = (
            client("s3", region=response.region).get_object(Bucket=bucket, Key=key)["Body"].read().decode(),
            _IN_S3,
        )
    else:
        most = SIZE
    if not body or len(body.encode()) > most:
        raise ValidationError(message=f"a template has between 1 and {most} bytes here, not {len(body or '')}")
    try:
        template = read(body, response.region)
        if unknown := list(unknown_types(template)):
            raise TemplateError(f"this engine makes no {', '.join(unknown)}")
    except TemplateError as error:
        raise ValidationError(message=str(error)) from error
    return template, body


def _check_capabilities(response: CloudFormationResponse, template: Mapping[str, Any]) -> None:
    given = set(response._get_param("Capabilities", []))
    roles = [each for each in template["Resources"].values() if each["Type"].startswith("AWS::IAM::")]
    named = any("RoleName" in each.get("Properties", {}) for each in roles)
    enough = {"CAPABILITY_NAMED_IAM"} if named else {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}
    if roles and not given & enough:
        raise InsufficientCapabilitiesError(f"Requires capabilities : [{min(enough)}]")


def _find(name: str, *, deleted: bool = False) -> Stack | None:
    if name in _stacks and (deleted or _there(_stacks[name])):
        return _stacks[name]
    return next((each for each in _stacks.values() if each.name == name and _there(each)), None)


def _need(name: str, *, deleted: bool = False) -> Stack:
    stack = _find(name, deleted=deleted)
    if stack is None:
        raise ValidationError(message=f"Stack with id {name} does not exist")
    return stack


def _there(stack: Stack) -> bool:
    return stack.status != "DELETE_COMPLETE"


def _check_state(stack: Stack, fits: bool, verb: str) -> None:
    if not fits or stack.status.endswith("_IN_PROGRESS"):
        raise ValidationError(message=f"Stack:{stack.id} is in {stack.status} state and can not be {verb}.")


def _shown(stack: Stack) -> dict[str, Any]:
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": stack.template.get("Description", ""),
        "CreationTime": stack.created,
        **({"LastUpdatedTime": stack.updated} if stack.updated else {}),
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "Outputs": [{"OutputKey": name, "OutputValue": str(value)} for name, value in stack.outputs.items()],
        "Tags": stack.tags,  # which moto makes a list of
    }


def _event(stack: Stack, event: Event) -> dict[str, Any]:
    return {
        "EventId": f"{event.logical}-{id(event)}",
        "StackId": stack.id,
        "StackName": stack.name,
        "LogicalResourceId": event.logical,
        "PhysicalResourceId": event.physical,
        "ResourceType": event.type,
        "Timestamp": event.time,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
    }


def _resource(resource: Resource) -> dict[str, Any]:
    return {
        "LogicalResourceId": resource.logical,
        "PhysicalResourceId": resource.made.id,
        "ResourceType": resource.type,
        "ResourceStatus": resource.status,
    }
