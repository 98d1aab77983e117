"""What AWS does by itself and tests cannot wait for: hosts are lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.batch.models import batch_backends

PREFIX = "/doors/"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Doors:
    """A WSGI application with doors before another: POST of a JSON object at `/doors/NAME`."""

    def __init__(self, behind: Application) -> None:
        self._behind = behind
        self._doors: Mapping[str, Callable[..., Any]] = {"lose-host": _lose_host}

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
