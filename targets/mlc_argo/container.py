"""Containers of the user's own, each in a pod: Kubernetes runs init containers one after the other, in any image.

The first lays out what the container is to find, the second is the container, and the pod's own commits what that left.
The image needs neither Python nor mlc, and its entry point is what the image says, as with `docker run`.
"""

from __future__ import annotations

from typing import Any

from mlc_argo.environment import Site
from mlc_argo.layout import PENDING, RUN
from mlc_argo.pod import INTS, container, placement, privileges, resources, variable
from mlc_argo.retry import retry, retry_container
from mlc_argo.secrets import secret_of
from mlc_containers.deadline import SPARE
from mlc_containers.layout import Node
from mlc_runtime.plan import Policy

Data = dict[str, Any]

CONTAINERS = "containers"
"""The output parameter with the number of containers to run; the name of the runtime's file, too."""
FETCH, CONTAINER = "mlc-fetch", "container"
"""The init containers."""
_EXCHANGE = "/mlc/exchange"
_IN, _OUT = "/mlc/in", "/mlc/out"


def exchange() -> list[str]:
    """The arguments that tell the runtime that containers run elsewhere."""
    return ["--exchange", _EXCHANGE]


def pending_template() -> Data:
    """What is left to do of a step: a container that need not run is not started."""
    return {
        "name": PENDING,
        "inputs": {"parameters": [{"name": "step"}]},
        "outputs": {"parameters": [{"name": CONTAINERS, "valueFrom": {"path": f"{INTS}/{CONTAINERS}"}}]},
        "retryStrategy": retry(),
        "container": {"args": ["pending", "--step", "{{inputs.parameters.step}}", "--ints", INTS]},
    }


def container_template(site: Site, node: Node, most: int, run: str) -> Data:
    """The template of the containers of a step.

    Args:
        site: the environment.
        node: the step.
        most: the deadline of the whole run, in seconds.
        run: the run's name, a tag of Argo's.
    """
    step, policy = node.step, node.step.policy
    own = [{"name": "MLC_IN", "value": _IN}, {"name": "MLC_OUT", "value": _OUT}]
    own += [variable(name, one["secret"], one["key"]) for name, one in _secrets(site, node).items()]
    which = ["--step", "{{inputs.parameters.step}}", "--item", "{{inputs.parameters.item}}", *exchange()]
    limit = {} if policy.timeout is None else {"activeDeadlineSeconds": min(policy.timeout // 1_000_000 + SPARE, most)}
    ours, mounted = container(site, run), {"name": "exchange", "mountPath": _EXCHANGE}
    return {
        "name": node.parts[RUN],
        "inputs": {"parameters": [{"name": "step"}, {"name": "item"}]},
        **limit,
        "retryStrategy": retry_container(CONTAINER, policy, spot=bool(site.pool(policy.pool).get("spot"))),
        "volumes": [{"name": "exchange", "emptyDir": {}}],
        "initContainers": [
            {
                "name": FETCH,
                **ours,
                "args": ["fetch", *which],
                "resources": resources(site, _without_devices(policy)),
                "volumeMounts": [*ours["volumeMounts"], mounted],
            },
            {
                "name": CONTAINER,
                "image": step.params["image"],
                "args": [text.replace("$", "$$") for text in step.params["command"]],
                "env": own,
                "resources": resources(site, policy),
                "securityContext": privileges(),
                "volumeMounts": [
                    {"name": "exchange", "mountPath": _IN, "subPath": "in", "readOnly": True},
                    {"name": "exchange", "mountPath": _OUT, "subPath": "out"},
                ],
            },
        ],
        "container": {"args": ["commit", *which], "volumeMounts": [mounted]},
        **placement(site, policy),
    }


def _secrets(site: Site, node: Node) -> dict[str, Any]:
    """The Kubernetes secrets of a step by argument."""
    named = (node.step.params.get("locate") or {}).get("secrets") or {}
    return {argument: found for argument, name in named.items() if (found := secret_of(site, name)) is not None}


def _without_devices(policy: Policy) -> Policy:
    return Policy(resources={name: amount for name, amount in policy.resources.items() if name != "gpu"})
