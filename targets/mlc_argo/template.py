"""The template of a step: one pod for each of its tiles."""

from __future__ import annotations

from typing import Any

from mlc_argo.deadline import deadline
from mlc_argo.environment import Site
from mlc_argo.layout import FINISH, PREPARE, Node
from mlc_argo.pod import INTS, placement, resources, variable
from mlc_argo.retry import retry
from mlc_argo.secrets import variables_of
from mlc_runtime.plan import Plan

Data = dict[str, Any]

_KILLED = (137, 143)


def step_template(plan: Plan, site: Site, node: Node) -> Data:
    """The template of a step, which takes the number of a tile where it has several."""
    step, policy = node.step, node.step.policy
    arguments = ["tile", "--step", str(node.index)]
    template: Data = {"name": node.template}
    parameters = []
    if node.fans_out:
        parameters.append({"name": "tile"})
        arguments += ["--tile", "{{inputs.parameters.tile}}"]
    if step.op == "approve":
        parameters.append({"name": "approved"})
        arguments += ["--approved", "{{inputs.parameters.approved}}"]
    if parameters:
        template["inputs"] = {"parameters": parameters}
    if node.finds:
        arguments += ["--ints", INTS]
        template["outputs"] = {
            "parameters": [{"name": tiles_of(place), "valueFrom": {"path": f"{INTS}/{place}"}} for place in node.finds]
        }
    limit = deadline(plan, node, site.settings.deadline.micros // 1_000_000)
    if limit is not None:
        template["activeDeadlineSeconds"] = limit
    template |= placement(site, policy)
    template["retryStrategy"] = retry(policy.retry, spot=bool(site.pool(policy.pool).get("spot")))
    template["container"] = {"args": arguments}
    if policy.resources:
        template["container"]["resources"] = resources(site, policy)
    secrets = variables_of(plan, site, step)
    if secrets:
        template["container"]["env"] = [variable(name, one["secret"], one["key"]) for name, one in secrets.items()]
    return template


def prepare_template(plan: Plan, site: Site) -> Data:
    """The first pod of a run: it finds the facts that keys depend on, and reads the run's parameters."""
    given = [part for name in plan.params for part in ("--set", f"{name}={{{{workflow.parameters.{name}}}}}")]
    template: Data = {"name": PREPARE, "retryStrategy": retry()}
    template["container"] = {"args": ["prepare", "--as-of", "{{workflow.parameters.as_of}}", *given]}
    secrets = variables_of(plan, site, *plan.steps)
    if secrets:
        template["container"]["env"] = [variable(name, one["secret"], one["key"]) for name, one in secrets.items()]
    return template


def finish_template() -> Data:
    """The last pod: it judges the run. What it finds incomplete, another look would find incomplete again."""
    return {
        "name": FINISH,
        "activeDeadlineSeconds": 3600,
        "retryStrategy": retry(codes=_KILLED),
        "container": {"args": ["finish"]},
    }


def tiles_of(place: int) -> str:
    """The output parameter with the number of tiles of the step at a place of the plan."""
    return f"tiles-{place}"
