"""What AWS does by itself and tests cannot wait for: hosts are lost, and schedules come due."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.batch.models import batch_backends
from moto.scheduler.models import scheduler_backends
from tests.engines.aws.server.clients import client

PREFIX = "/doors/"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Doors:
    """A WSGI application with doors before another: POST of a JSON object at `/doors/NAME`."""

    def __init__(self, behind: Application) -> None:
        self._behind = behind
        self._doors: Mapping[str, Callable[..., Any]] = {"lose-host": _lose_host, "come-due": _come_due}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        path = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            return self._behind(environ, start_response)
        given = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        answer = self._doors[path.removeprefix(PREFIX)](**given)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]


def _lose_host(account: str, region: str, job: str) -> None:
    batch_backends[account][region].lose_host(job)


def _come_due(account: str, region: str, schedule: str, at: str) -> str:
    """Do what a schedule is for, as at a time; the ARN of the execution that it starts."""
    found = scheduler_backends[account][region].get_schedule("default", schedule)
    assert found.state == "ENABLED", found.state
    given = found.target["Input"]
    for attribute, text in {"scheduled-time": at, "schedule-arn": found.arn, "attempt-number": "1"}.items():
        given = given.replace(f"<aws.scheduler.{attribute}>", text)
    answer = client("stepfunctions", region).start_execution(stateMachineArn=found.target["Arn"], input=given)
    return str(answer["executionArn"])
