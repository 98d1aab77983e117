"""A serving as a runtime of MLServer, which is what Seldon Core v2 puts models into.

`model-settings.json` names the class; what it serves is said by the variables that `python -m mlc_runtime serve` reads.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from mlserver import MLModel
from mlserver.errors import MLServerError
from mlserver.types import InferenceRequest, InferenceResponse

from mlc_runtime.__main__ import loading
from mlc_runtime.errors import StepError
from mlc_runtime.serving.batcher import Batcher, BusyError
from mlc_runtime.serving.exposures import Exposures
from mlc_runtime.serving.follow import follow
from mlc_runtime.serving.service import UnknownRowError
from mlc_runtime.serving.tensors import BadRequestError, read_request, write_answer


class Served(MLModel):  # type: ignore[misc] # the package has no types where it is not installed
    """Answers as the server of ours does, in MLServer's place."""

    async def load(self) -> bool:
        """Load what `alias` of the settings' `extra` stands at, and take up what it stands at later."""
        extra = (self.settings.parameters and self.settings.parameters.extra) or {}
        alias = extra.get("alias", "live")
        self._service = await asyncio.to_thread(loading(["serve", "--alias", alias]).load)
        self._batcher, self._open = Batcher(lambda: self._service), AsyncExitStack()
        exposures = Exposures(self._service.store, self._service.description.pipeline)
        self._exposures = self._open.enter_context(exposures)
        await self._open.enter_async_context(self._batcher)
        watch = asyncio.create_task(follow(self._service))
        self._open.callback(watch.cancel)
        return True

    async def unload(self) -> bool:
        """End once what was asked is answered."""
        await self._open.aclose()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """The answers to a request's rows."""
        description, zone = self._service.description, self._service.plan.spec.get("timezone", "UTC")
        body = payload.model_dump_json(include={"id", "inputs"}, exclude_none=True).encode()
        try:
            identifier, rows = read_request(body, description.request, zone)
            answer = await self._batcher.ask(rows)
        except BadRequestError as error:
            raise MLServerError(str(error), 400) from error
        except UnknownRowError as error:
            raise MLServerError(str(error), 404) from error
        except BusyError as error:
            raise MLServerError("too many requests wait", 503) from error
        except StepError as error:
            raise MLServerError(f"{error.code}: {error.message}", 422) from error
        for experiment, exposed in answer.exposures.items():
            self._exposures.add(experiment, exposed, identifier)
        return InferenceResponse.model_validate(write_answer(answer, self.name, identifier))
