"""AWS Batch whose jobs are processes: moto keeps queues and definitions, this module runs what is submitted."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from moto.batch import urls
from moto.batch.exceptions import ClientException
from moto.batch.models import BatchBackend, ComputeEnvironment, JobDefinition, batch_backends
from moto.batch.responses import BatchResponse
from moto.batch.utils import make_arn_for_job
from moto.iam.exceptions import NotFoundException
from tests.engines.aws.server import attempt, rules
from tests.engines.aws.server.container import Surroundings, sandbox
from tests.engines.aws.server.dispatch import Dispatcher
from tests.engines.aws.server.job import RUNNING, STARTING, CannotStartError, Job, now
from tests.engines.aws.server.retry import Ended, tried_again

_OWN_ROLE = "AWSServiceRoleForBatch"
LOG_GROUP = "/aws/batch/job"
_NAME = re.compile(r"[A-Za-z0-9][\w-]{0,127}", re.ASCII)


@dataclass(frozen=True)
class Machine:
    """What jobs run on.

    Attributes:
        folder: where they write.
        around: what their containers find.
        slots: how many run at a time.
        pace: by queue, how many seconds of a job's time limit pass in one: AWS takes no limit below a minute.
        grace: seconds between asking a container to end and killing it.
    """

    folder: Path
    around: Surroundings
    slots: int
    pace: Mapping[str, float] = field(default_factory=dict)
    grace: float = attempt.GRACE


def install(machine: Machine) -> None:
    """Put this in the place of moto's own way with jobs."""
    batch_backends.backend = partial(ProcessBatch, machine)
    BatchResponse.submitjob = _submit_job
    BatchResponse.registerjobdefinition = _register_job_definition


def _submit_job(response: BatchResponse) -> str:
    job = response.batch_backend.submit(json.loads(response.body))
    return json.dumps({"jobArn": job.arn, "jobName": job.request["jobName"], "jobId": job.id})


def _register_job_definition(response: BatchResponse) -> str:
    made = response.batch_backend.register(json.loads(response.body))
    return json.dumps({"jobDefinitionArn": made.arn, "jobDefinitionName": made.name, "revision": made.revision})


class ProcessBatch(BatchBackend):
    """A region's jobs."""

    def __init__(self, machine: Machine, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._machine = machine
        self._jobs: dict[str, Job] = {}
        self._dispatcher = Dispatcher(machine.slots, self._run)

    @property
    def _url_module(self) -> Any:
        return urls

    def create_compute_environment(
        self,
        compute_environment_name: str,
        _type: str,
        state: str,
        compute_resources: dict[str, Any],
        service_role: str | None,
        tags: dict[str, str] | None = None,
    ) -> ComputeEnvironment:
        """Answer CreateComputeEnvironment; without a role, by the one that AWS Batch makes for itself."""
        if not service_role:
            try:
                service_role = self.iam_backend.get_role(_OWN_ROLE).arn
            except NotFoundException:
                service_role = self.iam_backend.create_role(
                    _OWN_ROLE, "{}", "/aws-service-role/", None, "", [], None
                ).arn
        return super().create_compute_environment(
            compute_environment_name, _type, state or "ENABLED", compute_resources, service_role, tags
        )

    def register(self, request: Mapping[str, Any]) -> JobDefinition:
        """Answer RegisterJobDefinition.

        Raises:
            ClientException: AWS Batch would refuse it, or this engine cannot do it.
        """
        try:
            rules.check_definition(request)
        except rules.RefusedError as error:
            raise ClientException(str(error)) from error
        return self.register_job_definition(
            def_name=request["jobDefinitionName"],
            parameters=request.get("parameters") or {},
            _type=request["type"],
            tags=request.get("tags") or {},
            retry_strategy=request.get("retryStrategy") or {},
            container_properties=dict(request["containerProperties"]),
            node_properties=None,
            eks_properties=None,
            timeout=request.get("timeout") or {},
            platform_capabilities=request.get("platformCapabilities") or ["EC2"],
            propagate_tags=request.get("propagateTags", False),
        )

    def submit(self, request: Mapping[str, Any]) -> Job:
        """Answer SubmitJob.

        Raises:
            ClientException: AWS Batch would refuse it.
        """
        definition = self.get_job_definition(str(request.get("jobDefinition")))
        if definition is None or definition.status != "ACTIVE":
            raise ClientException(f"Job definition {request.get('jobDefinition')} does not exist or is inactive")
        try:
            rules.check_submission(request, "FARGATE" in (definition.platform_capabilities or ()))
        except rules.RefusedError as error:
            raise ClientException(str(error)) from error
        if not _NAME.fullmatch(request["jobName"]):
            raise ClientException("Job name should match valid pattern")
        queue = self.get_job_queue(request["jobQueue"])
        if queue is None or queue.state != "ENABLED":
            raise ClientException(f"Job queue {request['jobQueue']} does not exist or is disabled")
        identifier = str(uuid.uuid4())
        job = Job(identifier, self._arn(identifier), definition, queue, request)
        job.children = [
            Job(f"{job.id}:{index}", self._arn(f"{job.id}:{index}"), definition, queue, request, job, index)
            for index in range((request.get("arrayProperties") or {}).get("size", 0))
        ]
        needs = [list(self._needs(child)) for child in job.children or [job]]
        self._jobs |= {each.id: each for each in (job, *job.children)}
        queue.jobs.append(job)
        for each, needed in zip(job.children or [job], needs, strict=True):
            self._dispatcher.add(each, needed)
        return job

    def describe_jobs(self, jobs: list[str] | None) -> list[dict[str, Any]]:
        """Answer DescribeJobs, by ids or ARNs."""
        wanted = [each.rpartition("/")[2] for each in jobs or []]
        return [self._jobs[each].describe() for each in wanted if each in self._jobs]

    def list_jobs(
        self,
        job_queue_name: str | None,
        array_job_id: str | None,
        job_status: str | None = None,
        filters: list[dict[str, Any]] | None = None,
    ) -> list[Any]:
        """Answer ListJobs for a queue or an array, RUNNING ones if no status is given."""
        if filters:
            raise ClientException("this engine filters jobs by status only")
        if array_job_id:
            found = self._jobs[array_job_id].children
        elif (queue := self.get_job_queue(job_queue_name or "")) is not None:
            found = queue.jobs
        else:
            raise ClientException(f"Job queue {job_queue_name} does not exist")
        return [_Listed(each) for each in found if each.status == (job_status or RUNNING)]

    def cancel_job(self, job_id: str, reason: str) -> None:
        """Answer CancelJob: what has started goes on."""
        job = self.job(job_id)
        for each in job.children or [job]:
            if each.status not in {STARTING, RUNNING}:
                self._dispatcher.stop(each, reason)

    def terminate_job(self, job_id: str, reason: str) -> None:
        """Answer TerminateJob."""
        self._dispatcher.stop(self.job(job_id), reason)

    def lose_host(self, job_id: str) -> None:
        """Take a running job's host away, as a reclaimed spot instance goes."""
        self.job(job_id).lost.set()

    def job(self, job_id: str) -> Job:
        """A job by its id.

        Raises:
            ClientException: there is none.
        """
        if job_id not in self._jobs:
            raise ClientException(f"Job {job_id} does not exist")
        return self._jobs[job_id]

    def _arn(self, identifier: str) -> str:
        return make_arn_for_job(self.account_id, identifier, self.region_name)

    def _needs(self, job: Job) -> Iterator[Job]:
        """The jobs that must succeed before this one runs."""
        for need in job.request.get("dependsOn") or []:
            kind = need.get("type")
            if kind == "SEQUENTIAL":
                assert job.parent is not None
                yield from job.parent.children[job.index - 1 : job.index] if job.index else ()
                continue
            other = self.job(need["jobId"])
            if kind != "N_TO_N":
                yield other
                continue
            assert job.parent is not None
            if len(other.children) != len(job.parent.children):
                raise ClientException("arrays that depend on each other N_TO_N have equal sizes")
            yield other.children[job.index or 0]

    def _run(self, job: Job) -> Ended:
        """Try a job until it succeeds, or is not tried again."""
        number = 1
        while True:
            job.status = STARTING
            ended = self._attempt(job, number)
            if ended.succeeded or not tried_again(job.strategy, number, ended):
                return ended
            number += 1

    def _attempt(self, job: Job, number: int) -> Ended:
        pace = self._machine.pace.get(job.queue.name, 1.0)
        watch = attempt.Watch(job, None if job.time_limit is None else job.time_limit / pace, self._machine.grace)
        folder = self._machine.folder / f"{job.id.replace(':', '-')}-{number}"
        stream = f"{job.definition.name[:200]}/default/{uuid.uuid4().hex}"
        started = now()
        try:
            group, stream = self._open_log(job, stream)
            job.log_stream = stream
            made = sandbox(job, number, folder, self._machine.around, self.account_id)
        except CannotStartError as error:
            ended = Ended(None, str(error), "Task failed to start")
        else:
            job.status, job.started = RUNNING, job.started or started
            ended = attempt.run(made, watch, lambda events: self._log(group, stream, events))
        shown = {"exitCode": ended.exit_code, "reason": ended.reason or None, "logStreamName": stream}
        job.attempts.append(
            {
                "container": {name: value for name, value in shown.items() if value is not None},
                "startedAt": started,
                "stoppedAt": now(),
                "statusReason": ended.status_reason,
            }
        )
        return ended

    def _open_log(self, job: Job, stream: str) -> tuple[str, str]:
        """The log group and stream of an attempt, made if the group may be."""
        options = (job.container.get("logConfiguration") or {}).get("options", {})
        group = options.get("awslogs-group", LOG_GROUP)
        if prefix := options.get("awslogs-stream-prefix"):
            stream = f"{prefix}/{stream.partition('/')[2]}"
        if group == LOG_GROUP or options.get("awslogs-create-group") == "true":
            self.logs_backend.ensure_log_group(group)
        if group not in self.logs_backend.groups:
            raise CannotStartError(f"ResourceInitializationError: the log group {group} does not exist")
        self.logs_backend.ensure_log_stream(group, stream)
        return group, stream

    def _log(self, group: str, stream: str, events: list[dict[str, object]]) -> None:
        if events:
            self.logs_backend.put_log_events(group, stream, events)


class _Listed:
    """A job as moto's answer to ListJobs wants it."""

    def __init__(self, job: Job) -> None:
        self.describe_short = job.summary
