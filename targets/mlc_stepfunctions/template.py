"""The stack: the state machine with its jobs, roles, logs, schedules and alarm, as a CloudFormation template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlc_containers.manifest import dump_manifest
from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan
from mlc_stepfunctions.compute import machines, queues
from mlc_stepfunctions.definition import dump_definition
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.jobs import Job, configuration_prefix, definitions, jobs_of
from mlc_stepfunctions.machine import state_machine
from mlc_stepfunctions.roles import roles, server_role
from mlc_stepfunctions.schedule import schedules
from mlc_stepfunctions.serving import ROLE, Server, endpoints
from mlc_stepfunctions.stages import stages_of
from mlc_stepfunctions.tags import tag_list

Data = dict[str, Any]

TEMPLATE, MACHINE = "template.yaml", "state-machine.asl.json"
INLINE = 51_200
"""Bytes of a template that is handed over as it is; a larger one has to be in S3: AWS CloudFormation, quotas."""


def stack_files(plan: Plan, site: Site, servers: Sequence[Server] = ()) -> dict[str, bytes]:
    """The definition of the state machine, and the template, which holds it too where it is small enough for that."""
    stages = stages_of(plan)
    jobs = jobs_of(plan, site, [node for stage in stages for node in stage])
    definition = dump_definition(state_machine(plan, site, stages, jobs))
    held = dump_manifest(_template(plan, site, jobs, servers, {"DefinitionString": definition.decode()}))
    if len(held) > INLINE:
        place = {"Bucket": site.bucket, "Key": configuration_prefix(plan, site) + MACHINE}
        held = dump_manifest(_template(plan, site, jobs, servers, {"DefinitionS3Location": place}))
    return {MACHINE: definition, TEMPLATE: held}


def _template(plan: Plan, site: Site, jobs: Mapping[str, Job], servers: Sequence[Server], definition: Data) -> Data:
    pools = dict.fromkeys([None, *(node.step.policy.pool for stage in stages_of(plan) for node in stage)])
    places = queues(site, pools)
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "StateMachineName": resource_name(plan.name),
            "RoleArn": {"Fn::GetAtt": ["RunRole", "Arn"]},
            "LoggingConfiguration": {
                "Level": "ERROR",
                "IncludeExecutionData": False,
                "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["RunLogs", "Arn"]}}}],
            },
            "DefinitionSubstitutions": {**{job.id: {"Ref": job.id} for job in jobs.values()}, **places},
            "Tags": tag_list(plan, site),
            **definition,
        },
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{plan.name}, compiled by mlc",
        "Resources": {
            "Machine": machine,
            **definitions(plan, jobs),
            **machines(plan, site, pools),
            **roles(plan, site, jobs, places),
            "Logs": _log_group(plan, site, f"/mlc/{resource_name(plan.name)}"),
            "RunLogs": _log_group(plan, site, f"/aws/vendedlogs/states/mlc-{resource_name(plan.name)}"),
            **schedules(plan, site),
            "Alarm": _alarm(plan, site),
            **({ROLE: server_role(plan, site), **endpoints(plan, site, servers)} if servers else {}),
        },
        "Outputs": {"Machine": {"Value": {"Ref": "Machine"}}},
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


def _alarm(plan: Plan, site: Site) -> Data:
    """An alarm of every run that failed or took too long."""
    topic = site.settings.alarm_topic
    names = {"failed": "ExecutionsFailed", "late": "ExecutionsTimedOut"}
    metrics = [
        {
            "Id": name,
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/States",
                    "MetricName": metric,
                    "Dimensions": [{"Name": "StateMachineArn", "Value": {"Ref": "Machine"}}],
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
            "AlarmDescription": f"runs of {plan.name} that failed or took too long",
            "Metrics": [{"Id": "bad", "Expression": "FILL(failed, 0) + FILL(late, 0)"}, *metrics],
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0,
            "EvaluationPeriods": 1,
            "TreatMissingData": "notBreaching",
            **({"AlarmActions": [topic]} if topic else {}),
        },
    }
