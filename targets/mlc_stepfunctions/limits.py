"""The limits of Step Functions, of AWS Batch and of CloudFormation, each with who says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import yaml

from mlc_compiler.plan.certify import Limit
from mlc_containers.layout import Node
from mlc_containers.manifest import LOADER, json_size
from mlc_runtime.plan import Plan
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.schedule import cron
from mlc_stepfunctions.stages import Stages, count_jobs, stages_of
from mlc_stepfunctions.state_machines import state_machines
from mlc_stepfunctions.template import INLINE, MACHINE, TEMPLATE

Compiled = Mapping[str, bytes]

RUN_NAME = len("-20260131-235959-0a1b")
"""Characters that the name of a run adds to the pipeline's."""
_EVENTS = {"run": 40, "stage": 10, "step": 18, "count": 9, "ask": 9}
"""Events of a run, of a stage, of a step, of finding how many tiles it has, and of asking, as counted or more."""


def limits_of(site: Site) -> tuple[Limit, ...]:
    """The limits of a pipeline in an environment."""
    settings = site.settings

    def stages(plan: Plan) -> Stages:
        return stages_of(state_machines(plan, site)[0].plan)

    def nodes(plan: Plan) -> list[Node]:
        return [node for stage in stages(plan) for node in stage]

    def events(plan: Plan, _: Compiled) -> int:
        found = nodes(plan)
        counted = sum(_EVENTS["step"] + _extra(node) for node in found)
        return _EVENTS["run"] + len(stages(plan)) * _EVENTS["stage"] + counted

    return (
        Limit(
            "jobs of a run",
            settings.jobs,
            "jobs",
            "`jobs` of `targets.stepfunctions`",
            lambda plan, _: count_jobs(nodes(plan)),
        ),
        Limit(
            "tiles of a step",
            10_000,
            "tiles",
            "AWS Batch User Guide, Array jobs: 2 to 10,000 children",
            lambda plan, _: max((node.tiles for node in nodes(plan)), default=0),
        ),
        Limit(
            "the state machine's definition",
            1_048_576,
            "bytes",
            "Step Functions Developer Guide, quotas: a request is 1 MB",
            lambda _, files: len(files[MACHINE]),
        ),
        Limit(
            "what a state is given",
            262_144,
            "bytes",
            "Step Functions Developer Guide, quotas: 256 KiB, of the variables that a state assigns, too",
            lambda _, files: max(map(json_size, _assigned(files))),
        ),
        Limit(
            "the history of a run",
            25_000,
            "events",
            "Step Functions Developer Guide, quotas: events of an execution; estimated with 18 a step",
            events,
        ),
        Limit(
            "the template",
            1_000_000,
            "bytes",
            f"AWS CloudFormation User Guide, quotas: 1 MB in S3, where `mlc submit` puts it above {INLINE:,}",
            lambda _, files: len(files[TEMPLATE]),
        ),
        Limit(
            "resources of the stack",
            500,
            "resources",
            "AWS CloudFormation User Guide, quotas",
            lambda _, files: len(_resources(files)),
        ),
        Limit(
            "the policy of a role",
            10_240,
            "characters",
            "IAM User Guide, quotas: inline policies of a role, without spaces",
            lambda _, files: max(map(json_size, _policies(files))),
        ),
        Limit(
            "a job definition",
            24 * 1024,
            "bytes",
            "AWS Batch User Guide, quotas: payload of RegisterJobDefinition",
            lambda _, files: max(map(json_size, _definitions(files))),
        ),
        Limit(
            "a line of the schedule",
            256,
            "characters",
            "EventBridge Scheduler API Reference, CreateSchedule; steps that it cannot say are told one by one",
            lambda plan, _: max((len(cron(entry["cron"])) for entry in plan.spec.get("schedule", ())), default=0),
        ),
        Limit(
            "the name of a run",
            80,
            "characters",
            "Step Functions API Reference, StartExecution; `mlc submit` adds a time to the pipeline's name",
            lambda plan, _: max(len(machine.name) for machine in state_machines(plan, site)) + RUN_NAME,
        ),
    )


CAPABILITIES = {
    "approval": "a topic of SNS hears the question and how to answer; a `no` when its time is over",
    "checkpoint": "not: a job has no folder that outlives it",
    "condition": "a fan-out over none or one: no job where it is false",
    "container": "not yet",
    "each x grid": "an array job over tiles of a product, of which the engine sees the number",
    "exit step": "in the last stage, which also runs after a failure; not after `mlc stop` and the run's deadline",
    "gpu": "a requirement of the job, on EC2",
    "online serving": "an endpoint of SageMaker, where the environment names instances",
    "parallelism": "no stage has more tiles than that",
    "parameter": "the execution's input, through an object of the store",
    "pool": "a job queue of the environment's, or one that is made",
    "resources": "CPUs, memory and GPUs of the job; on Fargate the least size that is enough",
    "retry": "of the application by the runner, task by task; of the machine by AWS Batch, by exit codes",
    "schedule": "EventBridge Scheduler, of the whole pipeline or a part; runs may overlap",
    "secret": "a reference to Secrets Manager or Parameter Store",
    "timeout": "of a task by the runner, of a job by AWS Batch",
    "tolerated failure": "by who collects, in the runner; a tile whose failures are tolerated ends well",
}
"""What Step Functions and AWS Batch do with what a spec asks for."""


def _extra(node: Node) -> int:
    return (node.finder is not None) * _EVENTS["count"] + (node.step.op == "approve") * _EVENTS["ask"]


def _resources(files: Compiled) -> dict[str, Any]:
    return _load(files[TEMPLATE])


@lru_cache(maxsize=1)
def _load(template: bytes) -> dict[str, Any]:
    """The resources of a template, which several limits look at."""
    found: dict[str, Any] = yaml.load(template, LOADER)["Resources"]
    return found


def _assigned(files: Compiled) -> Iterator[Any]:
    for state in json.loads(files[MACHINE])["States"].values():
        yield state.get("Assign", {})


def _policies(files: Compiled) -> Iterator[Any]:
    for resource in _resources(files).values():
        if resource["Type"] == "AWS::IAM::Role":
            yield resource["Properties"].get("Policies", [])


def _definitions(files: Compiled) -> Iterator[Any]:
    for resource in _resources(files).values():
        if resource["Type"] == "AWS::Batch::JobDefinition":
            yield resource["Properties"]
