"""What AWS Batch refuses when a definition is registered or a job is submitted, besides wrong names and types.

What this engine cannot do is refused here as well, so that nothing is dropped in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.engines.aws.server.shapes import problems

PAYLOAD = {"RegisterJobDefinition": 24 * 1024, "SubmitJob": 30 * 1024}
"""The sizes of requests that AWS Batch takes, in bytes (Service quotas of its User Guide)."""

ARRAY = range(2, 10_001)
SHORTEST_TIMEOUT = 60
MOST_DEPENDENCIES = 20
MOST_RULES = 5

_FARGATE = {  # memory in MiB by vCPU
    "0.25": (512, 1024, 2048),
    "0.5": range(1024, 4097, 1024),
    "1": range(2048, 8193, 1024),
    "2": range(4096, 16385, 1024),
    "4": range(8192, 30721, 1024),
    "8": range(16384, 61441, 4096),
    "16": range(32768, 122881, 8192),
}
_TEXT = re.compile(r"[\w.: \t]*\*?", re.ASCII)
_DIGITS = re.compile(r"[0-9]*\*?", re.ASCII)
_DONE = {
    "command",
    "environment",
    "executionRoleArn",
    "image",
    "jobRoleArn",
    "logConfiguration",
    "mountPoints",
    "readonlyRootFilesystem",
    "resourceRequirements",
    "secrets",
    "user",
    "volumes",
}
_WITHOUT_EFFECT = {
    "ephemeralStorage",
    "fargatePlatformConfiguration",
    "linuxParameters",
    "networkConfiguration",
    "runtimePlatform",
}


class RefusedError(ValueError):
    """AWS Batch would refuse the request."""


def check_definition(request: Mapping[str, Any]) -> None:
    """Check a RegisterJobDefinition request.

    Raises:
        RefusedError: It would be refused, or asks for what this engine cannot do.
    """
    _raise(_shape("RegisterJobDefinition", request))
    _raise(_definition(request))


def check_submission(request: Mapping[str, Any], fargate: bool) -> None:
    """Check a SubmitJob request for a definition that is for Fargate, or not.

    Raises:
        RefusedError: It would be refused.
    """
    _raise(_shape("SubmitJob", request))
    _raise(_submission(request, fargate))


def _raise(found: Iterator[str]) -> None:
    for problem in found:
        raise RefusedError(problem)


def _shape(operation: str, request: Mapping[str, Any]) -> Iterator[str]:
    yield from problems("batch", operation, request)
    size = len(json.dumps(request, separators=(",", ":"), ensure_ascii=False).encode())
    if size > PAYLOAD[operation]:
        yield f"the request has {size} bytes; {operation} takes {PAYLOAD[operation]}"


def _definition(request: Mapping[str, Any]) -> Iterator[str]:
    if request["type"] != "container" or "containerProperties" not in request:
        yield "only jobs of one container run here"
    container, fargate = request["containerProperties"], "FARGATE" in request.get("platformCapabilities", ())
    for name in sorted(container.keys() - _DONE - _WITHOUT_EFFECT):
        yield f"containerProperties.{name} is nothing that this engine does"
    for name in sorted(container.get("linuxParameters", {}).keys() - {"initProcessEnabled"}):
        yield f"containerProperties.linuxParameters.{name} is nothing that this engine does"
    if not container.get("image"):
        yield "containerProperties must contain image"
    kinds = {each["type"] for each in container.get("resourceRequirements", [])}
    if missing := {"MEMORY", "VCPU"} - kinds:
        yield f"containerProperties must contain {min(missing).lower()}"
    yield from _resources(container.get("resourceRequirements", []), fargate)
    yield from _environment(container.get("environment", []))
    yield from _volumes(container)
    if (fargate or container.get("secrets")) and not container.get("executionRoleArn"):
        yield "jobs on Fargate and jobs with secrets need an executionRoleArn"
    yield from _strategy(request.get("retryStrategy", {}))
    yield from _timeout(request.get("timeout", {}))


def _submission(request: Mapping[str, Any], fargate: bool) -> Iterator[str]:
    size = request.get("arrayProperties", {}).get("size")
    if size is not None and size not in ARRAY:
        yield f"array size must be between {ARRAY[0]} and {ARRAY[-1]}, not {size}"
    needs = request.get("dependsOn", [])
    if len(needs) > MOST_DEPENDENCIES:
        yield f"a job depends on at most {MOST_DEPENDENCIES} jobs"
    for need in needs:
        if need.get("type") and size is None:
            yield f"a dependency of type {need['type']} is for array jobs"
        if (need.get("type") == "SEQUENTIAL") == ("jobId" in need):
            yield "a dependency names a job, or is SEQUENTIAL"
    overrides = request.get("containerOverrides", {})
    yield from _resources(overrides.get("resourceRequirements", []), fargate)
    yield from _environment(overrides.get("environment", []))
    yield from _strategy(request.get("retryStrategy", {}))
    yield from _timeout(request.get("timeout", {}))


def _resources(wanted: Sequence[Mapping[str, str]], fargate: bool) -> Iterator[str]:
    values = {each["type"]: each["value"] for each in wanted}
    if len(values) < len(wanted):
        yield "resourceRequirements names a type twice"
    for kind, value in values.items():
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)?" if fargate and kind == "VCPU" else r"[1-9][0-9]*", value):
            yield f"resourceRequirements: {value!r} is no amount of {kind}"
    if int(values.get("MEMORY", "4").partition(".")[0]) < 4:
        yield "container memory limit must be at least 4 MiB"
    if fargate and "GPU" in values:
        yield "there are no GPUs on Fargate"
    if fargate and {"VCPU", "MEMORY"} <= values.keys():
        cpus = values["VCPU"].rstrip("0").rstrip(".") if "." in values["VCPU"] else values["VCPU"]
        if int(values["MEMORY"]) not in _FARGATE.get(cpus, ()):
            yield f"Fargate has no {values['VCPU']} vCPU with {values['MEMORY']} MiB"


def _volumes(container: Mapping[str, Any]) -> Iterator[str]:
    volumes = {each["name"]: each.get("efsVolumeConfiguration") or {} for each in container.get("volumes", [])}
    for name, configuration in volumes.items():
        given = configuration.get("authorizationConfig") or {}
        if "accessPointId" not in given:
            yield f"volume {name}: this engine mounts access points of Amazon EFS only"
        if configuration.get("transitEncryption") != "ENABLED":
            yield f"volume {name}: an access point and IAM need transitEncryption to be ENABLED"
        if configuration.get("rootDirectory", "/") != "/":
            yield f"volume {name}: beside an access point, rootDirectory is / or left out"
        if given.get("iam") == "ENABLED" and not container.get("jobRoleArn"):
            yield f"volume {name}: IAM needs a jobRoleArn"
    for mount in container.get("mountPoints", []):
        if mount.get("sourceVolume") not in volumes:
            yield f"mountPoints: there is no volume {mount.get('sourceVolume')}"


def _environment(variables: Sequence[Mapping[str, str]]) -> Iterator[str]:
    for each in variables:
        if each.get("name", "").startswith("AWS_BATCH"):
            yield f"environment variables whose names begin with AWS_BATCH are reserved: {each['name']}"


def _strategy(strategy: Mapping[str, Any]) -> Iterator[str]:
    rules = strategy.get("evaluateOnExit", [])
    if not 1 <= strategy.get("attempts", 1) <= 10:
        yield "a job has between 1 and 10 attempts"
    if rules and "attempts" not in strategy:
        yield "evaluateOnExit needs attempts"
    if len(rules) > MOST_RULES:
        yield f"evaluateOnExit has at most {MOST_RULES} rules"
    for rule in rules:
        if rule["action"].upper() not in {"RETRY", "EXIT"}:
            yield f"evaluateOnExit: {rule['action']!r} is no action"
        for name, form in (("onExitCode", _DIGITS), ("onReason", _TEXT), ("onStatusReason", _TEXT)):
            if not form.fullmatch(rule.get(name, "")):
                yield f"evaluateOnExit: {name} cannot be {rule[name]!r}"


def _timeout(timeout: Mapping[str, Any]) -> Iterator[str]:
    if timeout.get("attemptDurationSeconds", SHORTEST_TIMEOUT) < SHORTEST_TIMEOUT:
        yield f"attemptDurationSeconds must be at least {SHORTEST_TIMEOUT}"
