"""Hand runs to Step Functions, follow and stop them."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from mlc_compiler.target import EngineError, RunState
from mlc_runtime.plan import load
from mlc_stepfunctions.cloud import Cloud, RefusedError
from mlc_stepfunctions.follow import Row, read_submitted, run_state
from mlc_stepfunctions.serving import Server
from mlc_stepfunctions.stack import install, machine_arn
from mlc_stepfunctions.state_machines import StateMachine

Data = dict[str, Any]

_RUN = re.compile(r"(?P<pipeline>.+)-\d{8}-\d{6}-[0-9a-f]{4}")
_AT_ONCE = 100
"""Jobs of one DescribeJobs call: AWS Batch API Reference."""
_FAILED_SHOWN = 20


def start(
    cloud: Cloud,
    machines: Sequence[StateMachine],
    servers: Sequence[Server],
    parameters: Mapping[str, str],
    as_of: str | None,
) -> str:
    """Install the pipeline, and begin a run of the whole; its name.

    Args:
        cloud: where.
        machines: its state machines, that of the whole first.
        servers: what answers for its online servings.
        parameters: texts by name, of parameters that the plan has.
        as_of: the run's logical time, as text.
    """
    given: Data = {"as_of": as_of} if as_of else {}
    if parameters:
        given["parameters"] = dict(parameters)
    return _begin(cloud, install(cloud, machines, servers), machines[0].name, json.dumps(given))


def again(cloud: Cloud, run: str) -> str:
    """Go on with a run that was stopped or ran out of time, else begin one with the same parameters: what is done is
    found by its keys, and not done again. Its name.

    A run goes on as itself where the pipeline is still installed as it was: AWS redrives it from where it stood. One
    that failed would only fail again from its end.
    """
    execution = _execution(cloud, run)
    status, arn = execution["status"], execution["executionArn"]
    if status == "RUNNING":
        raise EngineError(f"`{run}` is still running", "`mlc stop` ends it")
    if status in ("ABORTED", "TIMED_OUT") and _installed(cloud, execution):
        try:
            cloud.ask("stepfunctions", "redrive_execution", executionArn=arn)
        except RefusedError as error:
            if error.code != "ExecutionNotRedrivable":
                raise
        else:
            return run
    pipeline = execution["stateMachineArn"].rpartition(":")[2]
    return _begin(cloud, execution["stateMachineArn"], pipeline, execution.get("input", "{}"))


def state(cloud: Cloud, run: str) -> RunState:
    """How a run stands."""
    execution = _execution(cloud, run)
    definition = _definition(cloud, execution)
    submitted = read_submitted(_history(cloud, execution))
    jobs = {job["jobId"]: job for job in _jobs(cloud, [one.job for one in submitted.values() if one.job])}
    failed = {name: _failed(cloud, jobs[one.job]) for name, one in submitted.items() if one.job in jobs}
    origins = _origins(cloud, definition)
    return run_state(execution, [Row.of(row) for row in _rows(definition)], submitted, jobs, failed, origins)


def logs(cloud: Cloud, run: str, step: str | None) -> Iterator[tuple[str, str]]:
    """What the jobs of a run printed, or those of one step."""
    execution = _execution(cloud, run)
    if step is not None and step not in [row["step"] for row in _rows(_definition(cloud, execution))]:
        raise EngineError(f"the run has no step `{step}`")
    submitted = read_submitted(_history(cloud, execution))
    for name, one in submitted.items():
        if step not in (None, name):
            continue
        for job in _jobs(cloud, [one.job] if one.job else []):
            size = job.get("arrayProperties", {}).get("size")
            children = [f"{one.job}:{tile}" for tile in range(size)] if size else [one.job]
            for tile, child in enumerate(_jobs(cloud, children)):
                for line in _printed(cloud, child):
                    yield f"{name} {tile}", line


def stop(cloud: Cloud, run: str) -> None:
    """End a run: its jobs are asked to stop."""
    arn = _execution(cloud, run)["executionArn"]
    cloud.ask("stepfunctions", "stop_execution", executionArn=arn, error="mlc.Stopped", cause="`mlc stop` asked for it")


def _begin(cloud: Cloud, arn: str, pipeline: str, given: str) -> str:
    run = f"{pipeline}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    cloud.ask("stepfunctions", "start_execution", stateMachineArn=arn, name=run, input=given)
    return run


def _execution(cloud: Cloud, run: str) -> Data:
    arn = run
    if not run.startswith("arn:"):
        found = _RUN.fullmatch(run)
        if found is None:
            raise EngineError(f"`{run}` is no name of `mlc submit`'s", "name a run that AWS named by its ARN")
        arn = f"{machine_arn(cloud, found['pipeline']).replace(':stateMachine:', ':execution:')}:{run}"
    try:
        return cloud.ask("stepfunctions", "describe_execution", executionArn=arn)
    except RefusedError as error:
        if error.code == "ExecutionDoesNotExist":
            raise EngineError(f"there is no run `{run}`") from error
        raise


def _definition(cloud: Cloud, execution: Mapping[str, Any]) -> Data:
    arn = execution["executionArn"]
    found = cloud.ask("stepfunctions", "describe_state_machine_for_execution", executionArn=arn)
    definition: Data = json.loads(found["definition"])
    return definition


def _installed(cloud: Cloud, execution: Mapping[str, Any]) -> bool:
    """Whether the pipeline of a run is installed as it was when the run began."""
    now = cloud.ask("stepfunctions", "describe_state_machine", stateMachineArn=execution["stateMachineArn"])
    return bool(json.loads(now["definition"]) == _definition(cloud, execution))


def _history(cloud: Cloud, execution: Mapping[str, Any]) -> Iterator[Data]:
    arn = execution["executionArn"]
    return cloud.pages("stepfunctions", "get_execution_history", "events", executionArn=arn, maxResults=1000)


def _rows(definition: Mapping[str, Any]) -> list[Data]:
    """The rows of a state machine's table; none where it is not one of ours."""
    begin = definition["States"].get("mlc-begin", {}).get("Assign", {})
    return [row for stage in begin.get("stages", ()) for row in stage]


def _origins(cloud: Cloud, definition: Mapping[str, Any]) -> dict[str, tuple[str | int, ...]]:
    """Where in the spec each step comes from, as the plan of the run's jobs says."""
    jobs = definition["States"].get("mlc-begin", {}).get("Assign", {}).get("jobs", {})
    wanted = [job["JobDefinition"] for job in jobs.values()][:1]
    if not wanted:
        return {}
    [found] = cloud.ask("batch", "describe_job_definitions", jobDefinitions=wanted)["jobDefinitions"]
    variables = {one["name"]: one["value"] for one in found["containerProperties"]["environment"]}
    place = urlsplit(variables["MLC_PLAN"])
    plan = load(cloud.ask("s3", "get_object", Bucket=place.netloc, Key=place.path[1:])["Body"].read())
    return {step.name: step.origin[0] for step in plan.steps if step.origin}


def _jobs(cloud: Cloud, identifiers: list[str]) -> Iterator[Data]:
    """Jobs as AWS Batch still knows them."""
    for begin in range(0, len(identifiers), _AT_ONCE):
        yield from cloud.ask("batch", "describe_jobs", jobs=identifiers[begin : begin + _AT_ONCE])["jobs"]


def _failed(cloud: Cloud, job: Mapping[str, Any]) -> list[Data]:
    """The first tiles of a job that failed, or the job itself."""
    summary = job.get("arrayProperties", {}).get("statusSummary")
    if summary is None:
        return [dict(job)] if job["status"] == "FAILED" else []
    if not summary.get("FAILED"):
        return []
    answer = cloud.ask("batch", "list_jobs", arrayJobId=job["jobId"], jobStatus="FAILED", maxResults=_FAILED_SHOWN)
    found: list[Data] = answer["jobSummaryList"]
    return found


def _printed(cloud: Cloud, job: Mapping[str, Any]) -> Iterator[str]:
    """The lines of all attempts at a job."""
    options = job["container"].get("logConfiguration", {}).get("options", {})
    streams = [attempt["container"].get("logStreamName") for attempt in job.get("attempts", ())]
    for stream in dict.fromkeys((*streams, job["container"].get("logStreamName"))):
        if stream:
            yield from _stream(cloud, options.get("awslogs-group", "/aws/batch/job"), stream)


def _stream(cloud: Cloud, group: str, stream: str) -> Iterator[str]:
    """The lines of a log stream, whose last page names itself as the next one."""
    where = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
    token: dict[str, str] = {}
    while True:
        try:
            answer = cloud.ask("logs", "get_log_events", **where, **token)
        except RefusedError as error:
            if error.code == "ResourceNotFoundException":  # a job that has printed nothing yet
                return
            raise
        yield from (event["message"] for event in answer["events"])
        if answer["nextForwardToken"] == token.get("nextToken"):
            return
        token = {"nextToken": answer["nextForwardToken"]}
