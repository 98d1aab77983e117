"""The state machine: a loop over the stages of a run, which are a table in it.

A state for each step would be a definition that grows by some 300 bytes a step, and by twice that where a run finds how
many tiles there are; a row of the table is 80, and the states are the same in every pipeline, so that they are reviewed
once. What a step is, its row says: `step`, `after` (what it is left out without), `job` (the job definition and queue
that it takes, `jobs` of the same state), and `tiles`, or `found` where the store has their number; where a person is
asked, what to `ask` and how long to `wait`.

A fan-out is an array job: one call starts up to 10,000 tiles, and one event ends the wait. A Distributed Map would
start an execution for each batch of items, each with a SubmitJob call of its own, which AWS Batch takes fifty of a
second, and each with three state transitions that are paid for; what it is better at, passing items by value and
collecting results, is what this machine never does: its payloads are names and counts. An array has 2 children or more,
so that one tile is a plain job, and none is no job. Chaining jobs by `dependsOn` was the other way: the jobs of a run
would be known before it begins, which the number of tiles of a fan-out over what is found is not.

JSONata, not JSONPath: the count, the table and the choice need no helper states, and two interpreters that know nothing
of each other (LocalStack's with jsonata-python, sfnx) run it in the tests, beside asl-validator, which parses every
expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_containers.layout import FINISH, PREPARE, Node
from mlc_runtime import layout
from mlc_runtime.plan import Plan
from mlc_stepfunctions.approval import question
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.integrations import PUT, key, resource
from mlc_stepfunctions.jobs import Job
from mlc_stepfunctions.stages import Stages
from mlc_stepfunctions.step_states import step_states

Data = dict[str, Any]

_MOST_AT_ONCE = 40
"""Iterations at once of an inline Map, whatever it asks for: Step Functions Developer Guide, Map state."""
_CAUSE = 32_000
"""Characters of why an execution failed, of which 32,768 are taken: Step Functions API Reference, ExecutionFailed."""


def state_machine(plan: Plan, site: Site, stages: Stages, jobs: Mapping[str, Job]) -> Data:
    """The definition of a pipeline's state machine.

    Queues and job definitions are names in `${}`, which the stack fills in.

    Args:
        plan: the plan.
        site: the environment.
        stages: the plan's steps, arranged.
        jobs: the job definition of each step, and of `mlc-prepare` and `mlc-finish`.
    """
    rows = [
        [_row(site, PREPARE, jobs)],
        *([_row(site, node.name, jobs, node) for node in stage] for stage in stages),
        [_row(site, FINISH, jobs)],
    ]
    inside = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "needed", "States": step_states(plan, site)}
    taken = {job.id: {"JobDefinition": f"${{{job.id}}}", "JobQueue": f"${{{job.queue}}}"} for job in jobs.values()}
    states = {
        "mlc-begin": {
            "Type": "Pass",
            "Assign": {"run": _run("Name"), "jobs": taken, "stage": 0, "lost": [], "stages": rows},
            "Next": "mlc-given",
        },
        "mlc-given": {
            "Type": "Task",
            "Resource": resource(site, PUT),
            "Arguments": {"Bucket": site.bucket, "Key": key(site, layout.given("{$run}")), "Body": _run("Input")},
            "Output": {},
            "Next": "mlc-stage",
        },
        "mlc-stage": {
            "Type": "Map",
            "Items": "{% $stages[$stage] %}",
            **_at_once(site),
            "ItemProcessor": inside,
            "Assign": {
                "stage": "{% $stage + 1 %}",
                "lost": "{% $append($lost, $states.result[$type($) = 'string']) %}",
            },
            "Output": {},
            "Next": "mlc-more",
        },
        "mlc-more": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $stage < $count($stages) %}", "Next": "mlc-stage"},
                {"Condition": "{% $count($lost) > 0 %}", "Next": "mlc-failed"},
            ],
            "Default": "mlc-done",
        },
        "mlc-failed": {
            "Type": "Fail",
            "Error": "mlc.Failed",
            "Cause": f"{{% $substring('without a result: ' & $join($lost, ', '), 0, {_CAUSE}) %}}",
        },
        "mlc-done": {"Type": "Succeed"},
    }
    return {
        "Comment": f"{plan.name}, compiled by mlc: change the spec, not this",
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": site.deadline,
        "StartAt": "mlc-begin",
        "States": states,
    }


def _row(site: Site, step: str, jobs: Mapping[str, Job], node: Node | None = None) -> Data:
    """What the machine knows of a step. Without `mlc-prepare` no other is run."""
    row: Data = {"step": step, "job": jobs[step].id}
    if step != PREPARE:
        row["after"] = list(node.after) if node is not None and node.after else [PREPARE]
    if node is not None and node.step.op == "approve":
        row |= question(node.step, site)
    if node is not None and node.finder is not None:
        row["found"] = True
    elif node is not None and node.tiles > 1:
        row["tiles"] = node.tiles
    return row


def _run(attribute: str) -> str:
    return f"{{% $states.context.Execution.{attribute} %}}"


def _at_once(site: Site) -> Data:
    most = site.data.get("parallelism")
    return {"MaxConcurrency": most} if most and most < _MOST_AT_ONCE else {}
