"""The stack: state machines with their jobs, roles, logs, schedules and alarms, as a CloudFormation template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlc_containers.manifest import dump_manifest
from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan
from mlc_stepfunctions.compute import machines, queues
from mlc_stepfunctions.definition import dump_definition
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.jobs import Job, definitions, jobs_of
from mlc_stepfunctions.machine import state_machine
from mlc_stepfunctions.roles import roles, server_role
from mlc_stepfunctions.schedule import schedules
from mlc_stepfunctions.serving import ROLE, Server, endpoints
from mlc_stepfunctions.stages import stages_of
from mlc_stepfunctions.state_machines import StateMachine
from mlc_stepfunctions.tags import tag_list

Data = dict[str, Any]

OURS = ", compiled by mlc"
"""What the description of every stack of ours ends with."""
TEMPLATE, MACHINE = "template.yaml", "state-machine.asl.json"
_LONGEST = 1000
"""Characters of a pipeline's name in a description, which has 1,024: AWS CloudFormation, template anatomy."""
INLINE = 51_200
"""Bytes of a template that is handed over as it is; a larger one has to be in S3: AWS CloudFormation, quotas."""


def stack_files(machines: Sequence[StateMachine], servers: Sequence[Server] = ()) -> dict[str, bytes]:
    """The definitions of the state machines, and the template, which holds them too where it is small enough for that.

    Args:
        machines: the state machines of a pipeline, that of the whole first.
        servers: what answers for its online servings.
    """
    made = [_made(machine) for machine in machines]
    definitions = {each.file: each.definition for each in made}
    held = dump_manifest(_template(made, servers, [{"DefinitionString": each.definition.decode()} for each in made]))
    if len(held) > INLINE:
        places = [{"Bucket": each.machine.site.bucket, "Key": each.machine.prefix + each.file} for each in made]
        held = dump_manifest(_template(made, servers, [{"DefinitionS3Location": place} for place in places]))
    return {**definitions, TEMPLATE: held}


@dataclass(frozen=True)
class _Made:
    """A state machine, the pools that its steps ask for, its jobs and its definition."""

    machine: StateMachine
    pools: Sequence[str | None]
    jobs: Mapping[str, Job]
    definition: bytes

    @property
    def file(self) -> str:
        return self.machine.part.file(MACHINE)


def _made(machine: StateMachine) -> _Made:
    stages = stages_of(machine.plan)
    nodes = [node for stage in stages for node in stage]
    jobs, pools = jobs_of(machine, nodes), [node.step.policy.pool for node in nodes]
    return _Made(machine, pools, jobs, dump_definition(state_machine(machine.plan, machine.site, stages, jobs)))


def _template(made: Sequence[_Made], servers: Sequence[Server], definitions_: Sequence[Data]) -> Data:
    plan, site, jobs = made[0].machine.plan, made[0].machine.site, [job for each in made for job in each.jobs.values()]
    pools = dict.fromkeys([None, *(pool for each in made for pool in each.pools)])
    places = queues(site, pools)
    resources = {
        f"{each.machine.id}Machine": _machine(each, places, definition)
        for each, definition in zip(made, definitions_, strict=True)
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{plan.name[:_LONGEST]}{OURS}",
        "Resources": {
            **resources,
            **definitions(jobs),
            **machines(plan, site, pools),
            **roles(plan, site, jobs, places),
            "Logs": _log_group(plan, site, f"/mlc/{resource_name(plan.name)}"),
            "RunLogs": _log_group(plan, site, f"/aws/vendedlogs/states/mlc-{resource_name(plan.name)}"),
            **schedules([each.machine for each in made]),
            **{f"{each.machine.id}Alarm": _alarm(each.machine) for each in made},
            **({ROLE: server_role(plan, site), **endpoints(plan, site, servers)} if servers else {}),
        },
        "Outputs": {"Machine": {"Value": {"Ref": "Machine"}}},
    }


def _machine(made: _Made, places: Mapping[str, Any], definition: Data) -> Data:
    machine = made.machine
    return {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "StateMachineName": machine.name,
            "RoleArn": {"Fn::GetAtt": ["RunRole", "Arn"]},
            "LoggingConfiguration": {
                "Level": "ERROR",
                "IncludeExecutionData": False,
                "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["RunLogs", "Arn"]}}}],
            },
            "DefinitionSubstitutions": {**{job.id: {"Ref": job.resource} for job in made.jobs.values()}, **places},
            "Tags": tag_list(machine.plan, machine.site),
            **definition,
        },
    }


def _log_group(plan: Plan, site: Site, name: str) -> Data:
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": name,
            "RetentionInDays": site.settings.keep_logs,
            "Tags": tag_list(plan, site),
        },
    }


def _alarm(machine: StateMachine) -> Data:
    """An alarm of every run that failed or took too long."""
    topic = machine.site.settings.alarm_topic
    names = {"failed": "ExecutionsFailed", "late": "ExecutionsTimedOut"}
    metrics = [
        {
            "Id": name,
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/States",
                    "MetricName": metric,
                    "Dimensions": [{"Name": "StateMachineArn", "Value": {"Ref": f"{machine.id}Machine"}}],
                },
                "Period": 300,
                "Stat": "Sum",
            },
        }
        for name, metric in names.items()
    ]
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": f"runs of {machine.name} that failed or took too long",
            "Metrics": [{"Id": "bad", "Expression": "FILL(failed, 0) + FILL(late, 0)"}, *metrics],
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0,
            "EvaluationPeriods": 1,
            "TreatMissingData": "notBreaching",
            **({"AlarmActions": [topic]} if topic else {}),
        },
    }
