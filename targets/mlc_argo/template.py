"""The templates of steps: one pod for each tile of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from mlc_argo.container import exchange
from mlc_argo.environment import Site
from mlc_argo.layout import TILE
from mlc_argo.pod import INTS, placement, resources
from mlc_argo.quantity import whole_seconds
from mlc_argo.retry import retry
from mlc_argo.secrets import variables_of, variables_of_sources
from mlc_containers.deadline import deadline
from mlc_containers.layout import FINISH, PREPARE, Node
from mlc_runtime.plan import Plan

Data = dict[str, Any]

_KILLED = (137, 143)
_STEP, _TILE = "{{inputs.parameters.step}}", "{{inputs.parameters.tile}}"


def step_templates(plan: Plan, site: Site, nodes: Sequence[Node]) -> tuple[dict[str, str], list[Data]]:
    """The templates of the steps.

    Steps that are run alike share one, which takes the name of a step and the number of a tile: Argo keeps a copy of
    every template in the status of every run.

    Returns:
        The name of the template of each task, and the templates.
    """
    bodies = {node.name: _body(plan, site, node) for node in nodes}
    texts = {name: json.dumps(body, sort_keys=True) for name, body in bodies.items()}
    plain = json.dumps(_common(retry()), sort_keys=True)
    uses = Counter(texts.values())
    names: dict[str, str] = {}
    templates: dict[str, Data] = {}
    for name, text in texts.items():
        mark = blake2b(text.encode(), digest_size=3).hexdigest()
        names[name] = TILE if text == plain else name if uses[text] == 1 else f"{TILE}-{mark}"
        templates.setdefault(names[name], {"name": names[name], **bodies[name]})
    for node in nodes:
        if names[node.name] == node.name:
            _settle(templates[node.name], node)
    return names, list(templates.values())


def _settle(template: Data, node: Node) -> None:
    """Make a template that of one step, which need not be told what it is."""
    container, parameters = template["container"], template["inputs"]["parameters"]
    words = [node.step.name if word == _STEP else word for word in container["args"]]
    known = {"step"}
    if not node.fans_out:
        known.add("tile")
        place = words.index("--tile")
        del words[place : place + 2]
    container["args"] = words
    template["inputs"] = {"parameters": [each for each in parameters if each["name"] not in known]}
    if not template["inputs"]["parameters"]:
        del template["inputs"]


def _body(plan: Plan, site: Site, node: Node) -> Data:
    """A template, but for its name."""
    step, policy = node.step, node.step.policy
    if node.containers:  # its tasks have been run by then, elsewhere
        body = _common(retry())
        body["container"]["args"] += exchange()
        return body
    body = _common(retry(policy.retry, spot=bool(site.pool(policy.pool).get("spot"))))
    arguments = body["container"]["args"]
    if step.op == "approve":
        body["inputs"]["parameters"].append({"name": "approved"})
        arguments += ["--approved", "{{inputs.parameters.approved}}"]
    if node.finds:
        arguments += ["--ints", INTS]
        body["outputs"] = {
            "parameters": [{"name": tiles_of(place), "valueFrom": {"path": f"{INTS}/{place}"}} for place in node.finds]
        }
    limit = deadline(plan, node, whole_seconds(site.settings.deadline.micros))
    if limit is not None:
        body["activeDeadlineSeconds"] = limit
    if policy.resources:
        body["container"]["resources"] = resources(site, policy)
    secrets = variables_of(plan, site, step)
    if secrets:
        body["container"]["env"] = secrets
    return {**body, **placement(site, policy)}


def _common(strategy: Data) -> Data:
    """What the templates of all steps have."""
    return {
        "inputs": {"parameters": [{"name": "step"}, {"name": "tile", "value": "0"}]},
        "retryStrategy": strategy,
        "container": {"args": ["tile", "--step", _STEP, "--tile", _TILE]},
    }


def prepare_template(plan: Plan, site: Site) -> Data:
    """The first pod of a run: it finds the facts that keys depend on, and reads the run's parameters."""
    given = [part for name in plan.params for part in ("--set", f"{name}={{{{workflow.parameters.{name}}}}}")]
    template: Data = {"name": PREPARE, "retryStrategy": retry()}
    template["container"] = {"args": ["prepare", "--as-of", "{{workflow.parameters.as_of}}", *given]}
    secrets = variables_of_sources(plan, site)
    if secrets:
        template["container"]["env"] = secrets
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
