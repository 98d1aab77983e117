"""Take up other versions as they go live."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from mlc_runtime.errors import StepError
from mlc_runtime.serving.service import Service

EVERY = 2.0
"""Seconds between two looks for another version."""


async def follow(service: Service, every: float = EVERY, changed: Callable[[], None] = lambda: None) -> None:
    """Look for ever. Where the store is out of reach, or a version cannot be read, the model that is at hand goes on.

    Args:
        service: takes them up.
        every: seconds between two looks.
        changed: told of each change.
    """
    told = ""
    while True:
        await asyncio.sleep(every)
        why = ""
        try:
            if await asyncio.to_thread(service.reload):
                changed()
        except StepError as error:
            why = f"{error.code}: {error.message}"
        if why not in ("", told):
            print(f"{service.description.name}: goes on as it is: {why}", file=sys.stderr, flush=True)
        told = why
