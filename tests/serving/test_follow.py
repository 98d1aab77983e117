"""A server that looks for other versions."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from mlc_runtime.errors import StepError
from mlc_runtime.serving.follow import follow


def test_what_cannot_be_taken_up_is_told_once_and_looked_at_again(capsys: pytest.CaptureFixture[str]) -> None:
    gone = StepError("MLC929", "the model of `t` version 2 is gone")
    looks: list[Any] = [gone, gone, True, False, gone]
    changes = []

    def reload() -> Any:
        found = looks.pop(0) if looks else False
        if isinstance(found, StepError):
            raise found
        return found

    async def until_seen() -> None:
        service: Any = SimpleNamespace(reload=reload, description=SimpleNamespace(name="ask"))
        watch = asyncio.create_task(follow(service, 0.001, lambda: changes.append(len(looks))))
        while looks:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        watch.cancel()

    asyncio.run(until_seen())
    told = "ask: goes on as it is: MLC929: the model of `t` version 2 is gone"
    assert capsys.readouterr().err.splitlines() == [told, told]
    assert changes == [2]
