"""The HTTP interface: the Open Inference Protocol, version 2, with an OpenAPI document and Prometheus metrics."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter as Counts
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_runtime.errors import InfrastructureError, StepError
from mlc_runtime.serving.answer import Answer
from mlc_runtime.serving.batcher import Batcher, BusyError
from mlc_runtime.serving.exposures import Exposures
from mlc_runtime.serving.follow import EVERY, follow
from mlc_runtime.serving.loading import Loading
from mlc_runtime.serving.openapi import openapi
from mlc_runtime.serving.service import Service, UnknownRowError
from mlc_runtime.serving.tensors import BadRequestError, datatype, read_request, write_answer

_PATIENCE = 60.0
"""Seconds between two tries to load what does not load, at most."""
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
    reload: float = EVERY


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
        self.exposures = Counter(
            "mlc_exposures", "Rows that met an arm.", ["experiment", "arm"], registry=self.registry
        )
        self.dropped = Gauge(
            "mlc_exposures_dropped", "Rows that the log has no room for.", ["experiment"], registry=self.registry
        )


class _Endpoints:
    """The protocol's endpoints over one service, or over one that is on its way."""

    def __init__(self, served: Service | Loading, limits: Limits) -> None:
        self._loaded = served if isinstance(served, Service) else None
        self._loading = served if isinstance(served, Loading) else None
        self._why = "the model is being loaded"
        self.description = served.description
        self.limits = limits
        self.metrics = _Metrics()
        self.batcher = Batcher(lambda: self.service)
        self.name = self.description.name
        self.exposures = Exposures(served.store, self.description.pipeline)

    @property
    def service(self) -> Service:
        """What answers."""
        self._needs_service()
        assert self._loaded is not None
        return self._loaded

    def _needs_service(self) -> None:
        """Raise where nothing answers yet."""
        if self._loaded is None:
            raise HTTPException(503, self._why)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Answer, and look for other versions, until the server ends; then answer what waits."""
        if self._loaded is not None:
            self._note_versions()
        with self.exposures:
            async with self.batcher:
                watch = asyncio.create_task(self._watch())
                yield
                watch.cancel()
        for experiment, rows in self.exposures.dropped.items():
            print(f"{rows} exposures of `{experiment}` are lost: the store did not take them", file=sys.stderr)

    async def _watch(self) -> None:
        """Load what is on its way, again where that fails, then take up what goes live."""
        wait = self.limits.reload
        while self._loaded is None:
            assert self._loading is not None
            try:
                self._loaded = await asyncio.to_thread(self._loading.load)
            except Exception as error:  # noqa: BLE001 - whatever a model's own code raises is told, and may pass
                self._not_loaded(error)
                await asyncio.sleep(wait)
                wait = min(2 * wait, _PATIENCE)
            else:
                self._note_versions(tell=True)
        await follow(self._loaded, self.limits.reload, lambda: self._note_versions(tell=True))

    def _not_loaded(self, error: Exception) -> None:
        """Say once why, to who asks and to who reads the log."""
        what, message = (error.code, error.message) if isinstance(error, StepError) else (type(error).__name__, error)
        why = f"{what}: {message}"
        if why != self._why:
            self._why = why
            print(f"{self.name}: not ready: {why}", file=sys.stderr, flush=True)

    def _note_versions(self, *, tell: bool = False) -> None:
        for training, version in self.service.versions.items():
            self.metrics.version.labels(training).set(version.version)
        for text in self.service.traffic.refused:
            print(f"{self.name}: {text}", file=sys.stderr, flush=True)
        if tell:
            print(f"{self.name}: {told_versions(self.service)}", file=sys.stderr, flush=True)

    def version(self) -> int:
        """The number of the version that answers."""
        return self.service.versions[self.description.model].version

    async def infer(self, request: Request) -> Response:
        """Answer a request."""
        started = time.monotonic()
        status = 500
        try:
            self._known(request)
            answer = await asyncio.wait_for(self._answer(request), self.limits.seconds)
            status = 200
            return JSONResponse(answer)
        except TimeoutError:
            status = 504
            return _error(504, f"not answered within {self.limits.seconds:g} s")
        except HTTPException as refused:
            status = refused.status_code
            raise
        finally:
            self.metrics.requests.labels(self.name, str(status)).inc()
            self.metrics.seconds.labels(self.name).observe(time.monotonic() - started)

    async def _answer(self, request: Request) -> dict[str, Any]:
        zone = self.service.plan.spec.get("timezone", "UTC")
        body = await self._body(request)
        try:
            identifier, rows = read_request(body, self.description.request, zone)
            answer = await self.batcher.ask(rows)
        except BadRequestError as error:
            raise HTTPException(400, str(error)) from error
        except UnknownRowError as error:
            raise HTTPException(404, str(error)) from error
        except BusyError as error:
            raise HTTPException(503, "too many requests wait") from error
        except (StepError, InfrastructureError) as error:
            raise HTTPException(
                503 if isinstance(error, InfrastructureError) else 422, f"{error.code}: {error.message}"
            ) from error
        self.metrics.rows.labels(self.name).inc(rows.num_rows)
        self._log(answer, identifier)
        return write_answer(answer, self.name, identifier)

    def _log(self, answer: Answer, identifier: str | None) -> None:
        """Keep who met which arm."""
        for experiment, rows in answer.exposures.items():
            self.exposures.add(experiment, rows, identifier)
            for arm, count in Counts(rows["arm"].to_pylist()).items():
                self.metrics.exposures.labels(experiment, arm).inc(count)
            self.metrics.dropped.labels(experiment).set(self.exposures.dropped[experiment])

    async def _body(self, request: Request) -> bytes:
        """The body, as far as it may be long."""
        parts = bytearray()
        try:
            async for part in request.stream():
                parts += part
                if len(parts) > self.limits.body:
                    raise HTTPException(413, f"the body is longer than {self.limits.body:,} bytes")
        except ClientDisconnect as error:
            raise HTTPException(400, "the caller left") from error
        return bytes(parts)

    async def live(self, _: Request) -> Response:
        """Whether the process answers."""
        return JSONResponse({"live": True})

    async def ready(self, _: Request) -> Response:
        """Whether requests will be answered."""
        self._needs_service()
        return JSONResponse({"ready": True})

    async def model_ready(self, request: Request) -> Response:
        """Whether a model's requests will be answered."""
        self._known(request)
        self._needs_service()
        return JSONResponse({"name": self.name, "ready": True})

    async def server(self, _: Request) -> Response:
        """What serves."""
        return JSONResponse({"name": "mlc", "version": "2", "extensions": []})

    async def model(self, request: Request) -> Response:
        """What a model is asked, and what it answers."""
        self._known(request)
        description = self.description
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
        return JSONResponse(openapi(self.description))

    async def count(self, _: Request) -> Response:
        """The metrics in Prometheus' text."""
        return Response(generate_latest(self.metrics.registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    def _known(self, request: Request) -> None:
        """Raise where the path names another model, or another version than the one that answers."""
        name, version = request.path_params.get("model", self.name), request.path_params.get("version")
        if name != self.name:
            raise HTTPException(404, f"there is no model `{name}`; this is `{self.name}`")
        if version is not None and version != str(self.version()):
            raise HTTPException(404, f"version {version} does not answer; {self.version()} does")


def told_versions(service: Service) -> str:
    """The versions that answer, in a clause."""
    return ", ".join(f"{name}@{version.version}" for name, version in service.versions.items())


def app(served: Service | Loading, limits: Limits | None = None) -> Starlette:
    """The application of a service, or of one that is on its way."""
    points = _Endpoints(served, limits or Limits())
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
        # How SageMaker asks a container; it gives no path of its own.
        ("/ping", points.ready, "GET"),
        ("/invocations", points.infer, "POST"),
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
