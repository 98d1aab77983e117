"""State machines interpreted a second time, by sfnx, which shares no code with the engine's interpreter.

Both report an `Ending`: how the execution ended, and what it submitted. An independent reading of a definition is the
only check of the interpreter that the engine has.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from sfnx.testing import Call, Failure, run
from tests.engines.aws.workspace import Workspace

Document = Mapping[str, Any]

_ASK = "arn:aws:states:::sns:publish.waitForTaskToken"
_SUBMIT = "arn:aws:states:::batch:submitJob.sync"


@dataclass(frozen=True)
class Ending:
    """What an execution came to.

    Attributes:
        status: how it ended.
        output: what it gave, as JSON; nothing of one that failed.
        error: the error of one that failed.
        submitted: the requests of its jobs, as canonical JSON, each with how often; branches run at the same time, so
            their order means nothing.
    """

    status: str
    output: str | None
    error: str | None
    submitted: Counter[str]


@dataclass
class Outside:
    """The services as an execution sees them.

    Attributes:
        job: whether a job succeeds, by its SubmitJob request.
        objects: the texts in S3, by bucket and key.
        answer: what who is asked says; None where nobody answers in time.
        asked: the questions so far.
    """

    job: Callable[[Document], bool]
    objects: MutableMapping[tuple[str, str], str] = field(default_factory=dict)
    answer: str | None = None
    asked: list[Document] = field(default_factory=list)

    def __call__(self, call: Call) -> object:
        """Answer a task."""
        given = call.arguments
        assert isinstance(given, Mapping)
        if call.resource == _SUBMIT:
            if not self.job(given):
                raise Failure("States.TaskFailed", json.dumps({"Status": "FAILED"}))
            return {"JobName": given["JobName"], "JobId": "1", "Status": "SUCCEEDED"}
        if call.resource == _ASK:
            self.asked.append(given)
            if self.answer is None:
                raise Failure("States.Timeout", "")
            return self.answer
        key = (given["Bucket"], given["Key"])
        match call.resource.rpartition(":")[2]:
            case "putObject":
                body = given["Body"]
                self.objects[key] = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
                return {"ETag": '""'}
            case "getObject":
                if key not in self.objects:
                    raise Failure("S3.NoSuchKeyException", "The specified key does not exist.")
                return {"Body": self.objects[key]}
        raise ValueError(f"nothing here answers {call.resource}")


def interpret(definition: Document, given: Document, outside: Outside) -> Ending:
    """Run a definition in sfnx."""
    found = run(definition, given, outside)
    submitted = Counter(_canonical(call.arguments) for call in found.calls if call.resource == _SUBMIT)
    if found.error is not None:
        return Ending("FAILED", None, found.error, submitted)
    return Ending("SUCCEEDED", _canonical(found.output), None, submitted)


def ending(workspace: Workspace, execution: str) -> Ending:
    """What an execution of the engine came to, as soon as it has ended."""
    found = workspace.wait(execution)
    requests = [
        json.loads(event["taskScheduledEventDetails"]["parameters"])
        for event in workspace.events(execution)
        if event["type"] == "TaskScheduled" and event["taskScheduledEventDetails"]["resourceType"] == "batch"
    ]
    output = _canonical(json.loads(found["output"])) if "output" in found else None
    return Ending(found["status"], output, found.get("error"), Counter(_canonical(_asked(each)) for each in requests))


def _asked(request: dict[str, Any]) -> Document:
    """A request without the variable by which Step Functions marks its jobs."""
    overrides = request.get("ContainerOverrides", {})
    left = [each for each in overrides.get("Environment", []) if each.get("name") != "MANAGED_BY_AWS"]
    overrides = {name: value for name, value in overrides.items() if name != "Environment"}
    overrides |= {"Environment": left} if left else {}
    rest = {name: value for name, value in request.items() if name != "ContainerOverrides"}
    return {**rest, "ContainerOverrides": overrides} if overrides else rest


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)
