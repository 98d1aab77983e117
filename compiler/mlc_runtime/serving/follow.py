"""Take up other versions as they go live."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from mlc_runtime.errors import StepError
from mlc_runtime.serving.service import Service

EVERY = 2.0
"""Seconds between two looks for another version."""


async def follow(service: Service, every: float = EVERY, changed: Callable[[], None] = lambda: None) -> None:
    """Look for ever. A store out of reach changes nothing: the model that is at hand goes on.

    Args:
        service: takes them up.
        every: seconds between two looks.
        changed: told of each change.
    """
    while True:
        await asyncio.sleep(every)
        with suppress(StepError):
            if await asyncio.to_thread(service.reload):
                changed()
