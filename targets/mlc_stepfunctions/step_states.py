"""What a state machine does with each step of a stage."""

from __future__ import annotations

from typing import Any

from mlc_runtime import layout
from mlc_runtime.plan import Plan
from mlc_stepfunctions.approval import ask_choices, ask_states
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.integrations import GET, SUBMIT, key, resource

Data = dict[str, Any]

_RETRY = [
    {"ErrorEquals": ["Batch.AWSBatchException", "Batch.ServerException"], "MaxAttempts": 9, "JitterStrategy": "FULL"}
]
"""AWS Batch takes fifty SubmitJob calls a second, from everybody in the account."""
_NAME = 128
"""Characters of a job's name: AWS Batch API Reference, SubmitJob."""


def step_states(plan: Plan, site: Site) -> Data:
    """The states that each step of a stage goes through; its name is what comes out where it has failed or is left out,
    and nothing where it is done."""
    failed = {"Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.input.step %}", "Next": "end"}]}
    name = f"{{% $substring($replace($states.input.step, '.', '-'), 0, {_NAME}) %}}"
    job = "{{% $lookup($jobs, $states.input.job).{} %}}"
    one: Data = {
        "Type": "Task",
        "Resource": resource(site, SUBMIT),
        "Arguments": {
            "JobName": name,
            "JobDefinition": job.format("JobDefinition"),
            "JobQueue": job.format("JobQueue"),
            "Parameters": {"run": "{% $run %}", "step": "{% $states.input.step %}"},
        },
        "Output": {},
        "Retry": _RETRY,
        **failed,
        "End": True,
    }
    size = {"ArrayProperties": {"Size": "{% $states.input.tiles %}"}}
    left_out = {"Condition": "{% $count($lost[$ in $states.input.after]) > 0 %}", "Output": "{% $states.input.step %}"}
    ask = ask_choices(plan, site)
    return {
        "needed": {
            "Type": "Choice",
            "Choices": [
                {**left_out, "Next": "end"},
                {"Condition": "{% $exists($states.input.found) %}", "Next": "count"},
                {"Condition": "{% $exists($states.input.tiles) %}", "Next": "tiles"},
                *ask,
            ],
            "Default": "tile",
        },
        "count": {
            "Type": "Task",
            "Resource": resource(site, GET),
            "Arguments": {"Bucket": site.bucket, "Key": key(site, layout.tiles("{$run}", "{$states.input.step}"))},
            "Output": "{% $merge([$states.input, {'tiles': $number($states.result.Body)}]) %}",
            **failed,
            "Next": "any",
        },
        "any": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.tiles = 0 %}", "Output": {}, "Next": "end"},
                *ask,
                {"Condition": "{% $states.input.tiles = 1 %}", "Next": "tile"},
            ],
            "Default": "tiles",
        },
        "tile": one,
        "tiles": {**one, "Arguments": {**one["Arguments"], **size}},
        **ask_states(plan, site, one),
        "end": {"Type": "Succeed"},
    }
