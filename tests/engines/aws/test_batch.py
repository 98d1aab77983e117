"""Jobs of AWS Batch as the engine runs them: processes, with all that can go wrong with them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.engines.aws.engine import HURRIED
from tests.engines.aws.workspace import Document, Workspace

RULES = [
    {"onExitCode": "11", "action": "RETRY"},
    {"onExitCode": "137", "action": "RETRY"},
    {"onStatusReason": "Host EC2*", "action": "RETRY"},
    {"onReason": "*", "action": "EXIT"},
]
LISTENS = "trap 'exit 143' TERM; echo listens; sleep 60 & wait"
ATTEMPTS = 'echo "attempt $AWS_BATCH_JOB_ATTEMPT"; test $AWS_BATCH_JOB_ATTEMPT = 3 || exit {}'


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


def codes(job: Document) -> list[int | None]:
    """The exit codes of a job's attempts."""
    return [each["container"].get("exitCode") for each in job["attempts"]]


def ended(workspace: Workspace, script: str, queue: str = "main", **more: Any) -> Document:
    """How a job ended that runs a script; `more` goes into the request."""
    return workspace.wait_for_job(workspace.submit(workspace.define(shell(script)), queue, **more))


def test_a_job_that_ends_well_has_succeeded(workspace: Workspace) -> None:
    job = ended(workspace, "echo one; echo two >&2; printf three")
    assert (job["status"], codes(job)) == ("SUCCEEDED", [0])
    assert workspace.log(job) == ["one", "two", "three"]


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("sh -c 'kill -9 $$'", 137), ("no-such-program", 127)])
def test_a_job_that_fails_has_failed(workspace: Workspace, script: str, code: int) -> None:
    job = ended(workspace, script)
    assert (job["status"], job["container"]["exitCode"], codes(job)) == ("FAILED", code, [code])
    assert job["statusReason"] == "Essential container in task exited"


@pytest.mark.parametrize(
    ("code", "rules", "expected"),
    [
        (11, RULES, [11, 11, 0]),
        (10, RULES, [10]),
        (10, [], [10, 10, 0]),
        (10, RULES[:1], [10, 10, 0]),  # what matches no rule is tried again
        (12, [{"onExitCode": "1*", "action": "exit"}], [12]),
        (12, [{"onExitCode": "12", "onStatusReason": "Host*", "action": "EXIT"}], [12, 12, 0]),
    ],
)
def test_rules_say_what_is_tried_again(
    workspace: Workspace, code: int, rules: list[dict[str, str]], expected: list[int]
) -> None:
    strategy = {"attempts": 3, **({"evaluateOnExit": rules} if rules else {})}
    job = ended(workspace, ATTEMPTS.format(code), retryStrategy=strategy)
    assert codes(job) == expected
    assert job["status"] == ("SUCCEEDED" if expected[-1] == 0 else "FAILED")


def test_attempts_come_to_an_end(workspace: Workspace) -> None:
    job = ended(workspace, "exit 11", retryStrategy={"attempts": 2, "evaluateOnExit": RULES})
    assert (job["status"], codes(job)) == ("FAILED", [11, 11])


def test_a_lost_host_is_no_fault_of_the_job(workspace: Workspace) -> None:
    definition = workspace.define(shell("test $AWS_BATCH_JOB_ATTEMPT = 2 || exec sleep 60"))
    job = workspace.submit(definition, retryStrategy={"attempts": 2, "evaluateOnExit": RULES})
    workspace.wait_for_job(job, lambda found: found["status"] == "RUNNING")
    workspace.lose_host(job)
    found = workspace.wait_for_job(job)
    assert (found["status"], codes(found)) == ("SUCCEEDED", [None, 0])
    assert found["attempts"][0]["statusReason"].startswith("Host EC2")


def test_an_attempt_over_its_time_is_ended_with_all_that_it_started(workspace: Workspace) -> None:
    script = "trap 'echo told; exit 13' TERM; (sleep 61; echo late) & wait"
    strategy, limit = {"attempts": 3}, {"attemptDurationSeconds": 60}
    job = ended(workspace, script, HURRIED, retryStrategy=strategy, timeout=limit)
    assert (job["status"], job["statusReason"]) == ("FAILED", "Job attempt duration exceeded timeout")
    assert codes(job) == [13], "and is not tried again"
    assert workspace.log(job) == ["told"]


def test_who_does_not_listen_is_killed(workspace: Workspace) -> None:
    script = "trap '' TERM; sleep 60 & wait; wait"
    job = ended(workspace, script, HURRIED, timeout={"attemptDurationSeconds": 60})
    assert codes(job) == [137]


def test_an_array_has_children_with_places(workspace: Workspace) -> None:
    job = ended(workspace, "echo at $AWS_BATCH_JOB_ARRAY_INDEX of $AWS_BATCH_JOB_ID", arrayProperties={"size": 5})
    assert job["status"] == "SUCCEEDED"
    assert job["arrayProperties"]["statusSummary"]["SUCCEEDED"] == 5
    children = [workspace.job(f"{job['jobId']}:{place}") for place in range(5)]
    assert [workspace.log(child) for child in children] == [
        [f"at {place} of {job['jobId']}:{place}"] for place in range(5)
    ]


def test_a_failed_child_fails_its_array_when_all_have_ended(workspace: Workspace) -> None:
    job = ended(workspace, "test $AWS_BATCH_JOB_ARRAY_INDEX != 1", arrayProperties={"size": 3})
    assert job["status"] == "FAILED"
    summary = job["arrayProperties"]["statusSummary"]
    assert (summary["SUCCEEDED"], summary["FAILED"]) == (2, 1)


def test_children_are_tried_again_each_by_itself(workspace: Workspace) -> None:
    script = "test $AWS_BATCH_JOB_ARRAY_INDEX = 0 || test $AWS_BATCH_JOB_ATTEMPT = 2 || exit 11"
    job = ended(workspace, script, arrayProperties={"size": 2}, retryStrategy={"attempts": 2})
    assert job["status"] == "SUCCEEDED"
    assert [codes(workspace.job(f"{job['jobId']}:{place}")) for place in range(2)] == [[0], [11, 0]]


def test_a_job_waits_for_what_it_depends_on(workspace: Workspace) -> None:
    definition = workspace.define(shell("sleep 0.3"))
    first = workspace.submit(definition, arrayProperties={"size": 2})
    second = workspace.submit(definition, arrayProperties={"size": 2}, dependsOn=[{"jobId": first, "type": "N_TO_N"}])
    third = workspace.submit(definition, dependsOn=[{"jobId": second}])
    jobs = [workspace.wait_for_job(each) for each in (third, second, first)]
    assert [job["status"] for job in jobs] == ["SUCCEEDED"] * 3
    assert jobs[0]["startedAt"] >= jobs[1]["stoppedAt"]
    for place in range(2):
        before, after = workspace.job(f"{first}:{place}"), workspace.job(f"{second}:{place}")
        assert after["startedAt"] >= before["stoppedAt"]


def test_what_depends_on_a_failure_does_not_run(workspace: Workspace) -> None:
    first = workspace.submit(workspace.define(["false"]))
    second = workspace.wait_for_job(workspace.submit(workspace.define(), dependsOn=[{"jobId": first}]))
    assert (second["status"], second["attempts"]) == ("FAILED", [])


def test_children_in_sequence_run_one_after_another(workspace: Workspace) -> None:
    job = ended(workspace, "true", arrayProperties={"size": 3}, dependsOn=[{"type": "SEQUENTIAL"}])
    children = [workspace.job(f"{job['jobId']}:{place}") for place in range(3)]
    assert all(later["startedAt"] >= before["stoppedAt"] for before, later in pairwise(children))


def test_parameters_and_variables_reach_the_command(workspace: Workspace) -> None:
    definition = workspace.define(
        [*shell('echo "$@" $COLOUR $SHAPE'), "-", "Ref::first", "--second=Ref::second", "Ref::third"],
        parameters={"first": "1", "second": "2"},
        containerProperties={"environment": [{"name": "COLOUR", "value": "red"}, {"name": "SHAPE", "value": "round"}]},
    )
    changes = {"environment": [{"name": "SHAPE", "value": "square"}]}
    job = workspace.submit(definition, parameters={"second": "Ref::first"}, containerOverrides=changes)
    assert workspace.log(workspace.wait_for_job(job)) == ["1 --second=Ref::first Ref::third red square"]


def test_a_secret_is_in_the_container_and_not_in_the_answers(workspace: Workspace) -> None:
    secret = workspace.engine.client("secretsmanager").create_secret(Name="tokens", SecretString='{"crm": "hush"}')
    workspace.engine.client("ssm").put_parameter(Name="/mlc/token", Value="quiet", Type="SecureString")
    secrets = [
        {"name": "TOKEN", "valueFrom": f"{secret['ARN']}:crm::"},
        {"name": "OTHER", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/mlc/token"},
    ]
    container = {"secrets": secrets, "executionRoleArn": workspace.role}
    definition = workspace.define(shell("echo $TOKEN $OTHER"), containerProperties=container)
    job = workspace.wait_for_job(workspace.submit(definition))
    assert job["status"] == "SUCCEEDED", job
    assert workspace.log(job) == ["hush quiet"]
    assert "hush" not in str(job)


def test_a_secret_that_is_not_there_fails_the_job(workspace: Workspace) -> None:
    container = {"secrets": [{"name": "TOKEN", "valueFrom": "nowhere"}], "executionRoleArn": workspace.role}
    job = workspace.wait_for_job(workspace.submit(workspace.define(containerProperties=container)))
    assert job["status"] == "FAILED"
    assert job["container"]["reason"].startswith("ResourceInitializationError")


def test_an_unknown_image_fails_the_job(workspace: Workspace) -> None:
    job = workspace.wait_for_job(workspace.submit(workspace.define(image="mlc/nothing:1")))
    assert (job["status"], job["statusReason"]) == ("FAILED", "Task failed to start")
    assert job["container"]["reason"].startswith("CannotPullContainerError")


def test_logs_go_where_the_definition_says_while_the_job_runs(workspace: Workspace) -> None:
    options = {"awslogs-group": "/mlc/tests", "awslogs-stream-prefix": "steps"}
    container = {"logConfiguration": {"logDriver": "awslogs", "options": options}}
    definition = workspace.define(shell(LISTENS), containerProperties=container)
    lost = workspace.wait_for_job(workspace.submit(definition))
    assert "does not exist" in lost["container"]["reason"], "nobody made the group"
    workspace.engine.client("logs").create_log_group(logGroupName="/mlc/tests")
    job = workspace.submit(definition)
    found = workspace.wait_for_job(job, lambda one: one["container"].get("logStreamName") and workspace.log(one))
    assert workspace.log(found) == ["listens"]
    assert found["container"]["logStreamName"].startswith("steps/default/")
    workspace.batch.terminate_job(jobId=job, reason="enough")


def test_a_running_job_is_terminated_and_not_cancelled(workspace: Workspace) -> None:
    job = workspace.submit(workspace.define(shell(LISTENS), retryStrategy={"attempts": 3}))
    workspace.wait_for_job(job, lambda found: found["status"] == "RUNNING" and workspace.log(found))
    workspace.batch.cancel_job(jobId=job, reason="changed my mind")
    assert workspace.job(job)["status"] == "RUNNING"
    workspace.batch.terminate_job(jobId=job, reason="had enough")
    found = workspace.wait_for_job(job)
    assert (found["status"], found["statusReason"], codes(found)) == ("FAILED", "had enough", [143])


def test_a_job_that_waits_is_cancelled(workspace: Workspace) -> None:
    first = workspace.submit(workspace.define(shell(LISTENS)))
    job = workspace.submit(workspace.define(), dependsOn=[{"jobId": first}])
    workspace.batch.cancel_job(jobId=job, reason="changed my mind")
    assert (workspace.job(job)["status"], workspace.job(job)["statusReason"]) == ("FAILED", "changed my mind")
    workspace.batch.terminate_job(jobId=first, reason="had enough")


def test_a_job_that_fits_nowhere_waits(workspace: Workspace) -> None:
    large = {"resourceRequirements": [{"type": "VCPU", "value": "17"}]}
    job = workspace.submit(workspace.define(), containerOverrides=large)
    assert workspace.job(job)["status"] == "RUNNABLE"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"arrayProperties": {"size": 1}}, "between 2 and 10000"),
        ({"arrayProperties": {"size": 10_001}}, "between 2 and 10000"),
        ({"timeout": {"attemptDurationSeconds": 59}}, "at least 60"),
        ({"retryStrategy": {"attempts": 11}}, "between 1 and 10"),
        ({"retryStrategy": {"attempts": 2, "evaluateOnExit": RULES + RULES}}, "at most 5"),
        ({"retryStrategy": {"attempts": 2, "evaluateOnExit": [{"onExitCode": "!=0", "action": "EXIT"}]}}, "onExitCode"),
        ({"containerOverrides": {"environment": [{"name": "AWS_BATCH_X", "value": "1"}]}}, "reserved"),
        ({"containerOverrides": {"resourceRequirements": [{"type": "VCPU", "value": "0.3"}]}}, "no amount"),
        ({"dependsOn": [{"jobId": "nothing"}]}, "does not exist"),
        ({"parameters": {"text": "x" * 31_000}}, "bytes"),
    ],
)
def test_what_aws_refuses_is_refused(workspace: Workspace, request_: Document, error: str) -> None:
    definition = workspace.define()
    with pytest.raises(ClientError, match=error):
        workspace.submit(definition, **request_)


@pytest.mark.parametrize(
    ("container", "error"),
    [
        (
            {"resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]},
            "Fargate has no",
        ),
        ({"resourceRequirements": [{"type": "VCPU", "value": "1"}]}, "memory"),
        ({"executionRoleArn": ""}, "executionRoleArn"),
        ({"privileged": True}, "privileged"),
        ({"linuxParameters": {"sharedMemorySize": 64}}, "sharedMemorySize"),
    ],
)
def test_a_definition_that_aws_refuses_is_refused(workspace: Workspace, container: Document, error: str) -> None:
    fits = {"resourceRequirements": [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}]}
    changed = {**fits, "executionRoleArn": workspace.role, **container}
    with pytest.raises(ClientError, match=error):
        workspace.define(platformCapabilities=["FARGATE"], containerProperties=changed)
