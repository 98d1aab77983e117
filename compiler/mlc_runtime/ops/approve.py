"""Wait for a person's yes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlc_runtime import layout
from mlc_runtime.context import Context
from mlc_runtime.errors import InfrastructureError, StepError
from mlc_runtime.store.store import Store


def run(
    inputs: Mapping[str, Any],  # noqa: ARG001 - all operations are called alike
    params: Mapping[str, Any],
    context: Context,
) -> Mapping[str, Any]:
    """Go on where a person said yes; who asks and takes down the answer is the engine.

    Args:
        inputs: ports that only wait.
        params: `message`, what the person is asked.
        context: gives the store, the run and the step, which name the answer.

    Returns:
        Nothing.

    Raises:
        StepError: `MLC977` where the answer is no.
        InfrastructureError: `MLC976` where there is no answer yet: the step may be run again.
    """
    answer = decision(context.store, context.run, context.step)
    if answer is None:
        raise InfrastructureError(
            "MLC976",
            f"`{context.step}` waits for a person: {params['message']}",
            "Run it in a terminal, where the question is asked.",
        )
    if not answer["approved"]:
        raise StepError("MLC977", f"`{context.step}` was not approved by {answer['who']}", params["message"])
    context.log(f"approved by {answer['who']}")
    return {}


def decision(store: Store, run_name: str, step: str) -> dict[str, Any] | None:
    """The answer to a step's question, `{"approved", "who", "when"}`, or None."""
    data = store.get(layout.decision(run_name, step))
    return None if data is None else json.loads(data)


def decide(store: Store, run_name: str, step: str, *, approved: bool, who: str, when: str) -> bool:
    """Take down an answer, unless there is one; whether this is the one that counts."""
    answer = {"approved": approved, "who": who, "when": when}
    return store.put_new(layout.decision(run_name, step), json.dumps(answer, sort_keys=True).encode())
