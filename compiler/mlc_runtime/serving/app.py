"""The HTTP interface: the Open Inference Protocol, version 2, with an OpenAPI document and Prometheus metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_runtime.errors import InfrastructureError, StepError
from mlc_runtime.serving.batcher import Batcher, BusyError
from mlc_runtime.serving.openapi import openapi
from mlc_runtime.serving.service import Service, UnknownRowError
from mlc_runtime.serving.tensors import BadRequestError, datatype, read_request, write_answer

_LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Limits:
    """What a request may take.

    Attributes:
        body: bytes of its body.
        seconds: until it is answered.
        reload: seconds between two looks for another live version.
    """

    body: int = 1 << 20
    seconds: float = 10.0
    reload: float = 2.0


class _RefusedError(Exception):
    """A request that is answered with an error.

    Attributes:
        status: of the HTTP answer.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Metrics:
    """What is counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "mlc_requests", "Requests for answers, by the status of ours.", ["model", "status"], registry=self.registry
        )
        self.rows = Counter("mlc_rows", "Rows that were answered.", ["model"], registry=self.registry)
        self.seconds = Histogram(
            "mlc_request_seconds", "From a request to its answer.", ["model"], buckets=_LATENCY, registry=self.registry
        )
        self.version = Gauge("mlc_model_version", "The version that answers.", ["model"], registry=self.registry)


class _Endpoints:
    """The protocol's endpoints over one service."""

    def __init__(self, service: Service, limits: Limits) -> None:
        self.service = service
        self.limits = limits
        self.metrics = _Metrics()
        self.batcher = Batcher(service)
        self.name = service.description.name

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Answer, and look for other live versions, until the server ends; then answer what waits."""
        self._note_version()
        async with self.batcher:
            watch = asyncio.create_task(self._watch())
            yield
            watch.cancel()

    async def _watch(self) -> None:
        """Take up what goes live. A store out of reach changes nothing: the model that is at hand goes on."""
        while True:
            await asyncio.sleep(self.limits.reload)
            with suppress(InfrastructureError, StepError):
                if await asyncio.to_thread(self.service.reload):
                    self._note_version()

    def _note_version(self) -> None:
        for training, version in self.service.versions.items():
            self.metrics.version.labels(training).set(version.version)

    def version(self) -> int:
        """The number of the version that answers."""
        return self.service.versions[self.service.description.model].version

    async def infer(self, request: Request) -> Response:
        """Answer a request."""
        self._known(request)
        started = time.monotonic()
        status = 500
        try:
            answer = await asyncio.wait_for(self._answer(request), self.limits.seconds)
            status = 200
            return JSONResponse(answer)
        except TimeoutError:
            status = 504
            return _error(504, f"not answered within {self.limits.seconds:g} s")
        except _RefusedError as refused:
            status = refused.status
            return _error(refused.status, str(refused))
        finally:
            self.metrics.requests.labels(self.name, str(status)).inc()
            self.metrics.seconds.labels(self.name).observe(time.monotonic() - started)

    async def _answer(self, request: Request) -> dict[str, Any]:
        zone = self.service.plan.spec.get("timezone", "UTC")
        body = await self._body(request)
        try:
            identifier, rows = read_request(body, self.service.description.request, zone)
            answer = await self.batcher.ask(rows)
        except BadRequestError as error:
            raise _RefusedError(400, str(error)) from error
        except UnknownRowError as error:
            raise _RefusedError(404, str(error)) from error
        except BusyError as error:
            raise _RefusedError(503, "too many requests wait") from error
        except (StepError, InfrastructureError) as error:
            raise _RefusedError(
                422 if isinstance(error, StepError) else 503, f"{error.code}: {error.message}"
            ) from error
        self.metrics.rows.labels(self.name).inc(rows.num_rows)
        return write_answer(answer.predictions, self.name, answer.version.version, identifier)

    async def _body(self, request: Request) -> bytes:
        """The body, as far as it may be long."""
        parts = bytearray()
        try:
            async for part in request.stream():
                parts += part
                if len(parts) > self.limits.body:
                    raise _RefusedError(413, f"the body is longer than {self.limits.body:,} bytes")
        except ClientDisconnect as error:
            raise _RefusedError(400, "the caller left") from error
        return bytes(parts)

    async def live(self, _: Request) -> Response:
        """Whether the process answers."""
        return JSONResponse({"live": True})

    async def ready(self, _: Request) -> Response:
        """Whether requests will be answered."""
        return JSONResponse({"ready": True})

    async def model_ready(self, request: Request) -> Response:
        """Whether a model's requests will be answered."""
        self._known(request)
        return JSONResponse({"name": self.name, "ready": True})

    async def server(self, _: Request) -> Response:
        """What serves."""
        return JSONResponse({"name": "mlc", "version": "2", "extensions": []})

    async def model(self, request: Request) -> Response:
        """What a model is asked, and what it answers."""
        self._known(request)
        description = self.service.description
        answers = {"binary": [("prediction", "FP64"), ("decision", "BOOL")], "classes": [("prediction", "BYTES")]}
        return JSONResponse(
            {
                "name": self.name,
                "versions": [str(self.version())],
                "platform": "mlc",
                "inputs": [
                    {"name": column.name, "datatype": datatype(column.type), "shape": [-1]}
                    for column in description.request
                ],
                "outputs": [
                    {"name": name, "datatype": kind, "shape": [-1]}
                    for name, kind in answers.get(description.task, [("prediction", "FP64")])
                ],
            }
        )

    async def openapi(self, _: Request) -> Response:
        """The interface as an OpenAPI document."""
        return JSONResponse(openapi(self.service.description))

    async def count(self, _: Request) -> Response:
        """The metrics in Prometheus' text."""
        return Response(generate_latest(self.metrics.registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    def _known(self, request: Request) -> None:
        """Raise where the path names another model, or another version than the one that answers."""
        name, version = request.path_params["model"], request.path_params.get("version")
        if name != self.name:
            raise HTTPException(404, f"there is no model `{name}`; this is `{self.name}`")
        if version is not None and version != str(self.version()):
            raise HTTPException(404, f"version {version} does not answer; {self.version()} does")


def app(service: Service, limits: Limits | None = None) -> Starlette:
    """The application of a service."""
    points = _Endpoints(service, limits or Limits())
    model = "/v2/models/{model}"
    routes: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
        ("/v2/health/live", points.live, "GET"),
        ("/v2/health/ready", points.ready, "GET"),
        ("/v2", points.server, "GET"),
        (model, points.model, "GET"),
        (f"{model}/ready", points.model_ready, "GET"),
        (f"{model}/infer", points.infer, "POST"),
        (f"{model}/versions/{{version}}", points.model, "GET"),
        (f"{model}/versions/{{version}}/ready", points.model_ready, "GET"),
        (f"{model}/versions/{{version}}/infer", points.infer, "POST"),
        ("/openapi.json", points.openapi, "GET"),
        ("/metrics", points.count, "GET"),
    ]
    return Starlette(
        routes=[Route(path, endpoint, methods=[method]) for path, endpoint, method in routes],
        lifespan=points.lifespan,
        exception_handlers={HTTPException: _http_error, Exception: _failed},
    )


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, error.detail, dict(error.headers or {}))


async def _failed(_: Request, error: Exception) -> Response:
    """What is nobody's doing but ours, or the user's code's."""
    return _error(500, f"{type(error).__name__}: {error}")


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """An error as the protocol has it."""
    return JSONResponse({"error": message}, status, headers)
