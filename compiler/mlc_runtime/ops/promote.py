"""Make the candidate live where its gate says so; what is live then is what serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime import registry
from mlc_runtime.act import act_now
from mlc_runtime.context import Context, single


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `entry` that is live, `{"name", "version", "key"}` or None, and its `model`, or None.

    Params: `name`. Inputs: `entry`, what `register` gave (collected over the training's condition where it has one);
    `gate`, the reason of a gate, absent without one.
    """
    name, gate = params["name"], inputs.get("gate")
    entry = single(inputs["entry"])
    passed = entry is not None and (gate is None or gate["passed"])
    if passed and entry["version"] in registry.rolled_back(context.store, name):
        context.log(f"`{name}@{entry['version']}` was rolled back: a run does not promote it again, a person may")
    elif passed:
        registry.promote(context.store, name, entry["version"], **act_now())
    live = registry.live(context.store, name)
    if live is None:
        context.log(f"no version of `{name}` is live")
        return {"entry": None, "model": None}
    return {
        "entry": {"name": name, "version": live.version, "key": live.key},
        "model": registry.load(context.store, live),
    }


def stands(outputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> bool:
    """Whether the version that was live after the promotion still is; a person or another spec may have moved it."""
    live = registry.live(context.store, params["name"])
    entry = outputs["entry"]
    return bool((live and live.version) == (entry and entry["version"]))
