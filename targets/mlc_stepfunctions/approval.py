"""A person's yes: a topic hears the question and how to answer, and the step's job is told what the answer was.

Nothing runs meanwhile. No answer within its time is a no.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from mlc_runtime.plan import Plan, PlanStep
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.integrations import ASK, resource

Data = dict[str, Any]

_ANSWER = """aws stepfunctions send-task-success --task-output '"{}"' --task-token """


def asks(plan: Plan) -> bool:
    """Whether a plan asks anybody."""
    return any(step.op == "approve" for step in plan.steps)


def question(step: PlanStep, site: Site) -> Data:
    """What the row of a step says of its question.

    The text is of the user's, so it is encoded until it is sent; what no mail can hold is left out of it.
    """
    text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in step.params["message"])
    return {"ask": quote(text, safe=""), "wait": _wait(step, site)}


def ask_choices(plan: Plan, site: Site) -> list[Data]:
    """Where what asks goes on: how long a state waits is a number of its definition, so each time has its own."""
    return [{"Condition": f"{{% $states.input.wait = {wait} %}}", "Next": f"ask-{wait}"} for wait in _waits(plan, site)]


def ask_states(plan: Plan, site: Site, tile: Data) -> dict[str, Data]:
    """The states that ask, and hand the answer on; none where nobody is asked.

    Args:
        plan: the plan.
        site: the environment.
        tile: the state that runs a step whose answer is known.
    """
    waits, arguments = _waits(plan, site), tile["Arguments"]
    if not waits:
        return {}
    parameters = {**arguments["Parameters"], "approved": "{% $states.input.approved %}"}
    return {
        **{f"ask-{wait}": _ask(site, wait, tile["Catch"]) for wait in waits},
        "answered": {**tile, "Arguments": {**arguments, "Parameters": parameters}},
    }


def _wait(step: PlanStep, site: Site) -> int:
    """How long an answer is waited for, in seconds."""
    micros = step.params.get("timeout")
    return site.deadline if micros is None else max(1, micros // 1_000_000)


def _waits(plan: Plan, site: Site) -> list[int]:
    return sorted({_wait(step, site) for step in plan.steps if step.op == "approve"})


def _ask(site: Site, wait: int, failed: list[Data]) -> Data:
    lines = (
        "$decodeUrlComponent($states.input.ask)",
        "''",
        "$run & ' waits at ' & $states.input.step & ' for an answer:'",
        *(f"{json.dumps(_ANSWER.format(answer))} & $states.context.Task.Token" for answer in ("yes", "no")),
    )
    answered = "{{% $merge([$states.input, {{'approved': {}}}]) %}}"
    return {
        "Type": "Task",
        "Resource": resource(site, ASK),
        "Arguments": {
            "TopicArn": site.settings.question_topic,
            "Message": f"{{% $join([{', '.join(lines)}], '\\n') %}}",
            "MessageAttributes": {"step": {"DataType": "String", "StringValue": "{% $states.input.step %}"}},
        },
        "TimeoutSeconds": wait,
        "Output": answered.format("$states.result = 'yes' ? 'yes' : 'no'"),
        "Catch": [
            {"ErrorEquals": ["States.Timeout"], "Output": answered.format("'no'"), "Next": "answered"},
            *failed,
        ],
        "Next": "answered",
    }
