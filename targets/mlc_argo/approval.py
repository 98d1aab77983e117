"""A person's yes: a node that waits, and takes the answer as an output that is supplied."""

from __future__ import annotations

from typing import Any

from mlc_argo.encode import encode
from mlc_argo.layout import ASK
from mlc_argo.quantity import seconds
from mlc_containers.layout import Node


def ask_template(node: Node) -> dict[str, Any]:
    """The template that asks. No answer within its time is a no; nothing runs meanwhile, in no pod either."""
    params = node.step.params
    wait = {"duration": seconds(params["timeout"])} if params.get("timeout") else {}
    return {
        "name": node.parts[ASK],
        "inputs": {
            "parameters": [
                {"name": "message", "value": encode(params["message"])},
                {"name": "approved", "default": "no", "enum": ["yes", "no"]},
            ]
        },
        "outputs": {"parameters": [{"name": "approved", "valueFrom": {"supplied": {}, "default": "no"}}]},
        "suspend": wait,
    }
