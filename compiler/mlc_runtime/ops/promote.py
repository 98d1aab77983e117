"""Make the candidate live where its gate says so; what is live then is what serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime import registry
from mlc_runtime.act import act_now
from mlc_runtime.context import Context, single


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `entry` that serves in this run and its `model`, each None where there is none.

    The entry is `{"name", "version", "key", "held"}`. `held` says why the candidate was not made live although its
    gate passed, and is None where it was: `rolled back`, since a run does not promote again what a person took back; or
    `later`, where a version is live that was made of data of a later logical time. Such a run is a back-fill: it goes
    on with its own candidate, as it would have then, and leaves the alias alone; a person may still promote it.

    Params: `name`; `as_of`, microseconds since the epoch, None for data without time. Inputs: `entry`, what `register`
    gave (collected over the training's condition where it has one), absent where the run fits no candidate; `gate`, the
    reason of a gate, absent without one.
    """
    name, gate = params["name"], inputs.get("gate")
    candidate = single(inputs.get("entry"))
    passed = candidate is not None and (gate is None or gate["passed"])
    if candidate is not None and gate is not None:
        verdict = registry.Verdict(candidate["version"], gate["passed"], gate["text"], gate["values"], context.run)
        registry.judge(context.store, name, verdict)
    held = _held(context, params, candidate["version"]) if passed else None
    if held is not None:
        context.log(f"`{name}@{candidate['version']}` is not made live: {_REASONS[held]}; a person may promote it")
    elif passed:
        registry.promote(context.store, name, candidate["version"], **act_now())
    version = (
        registry.find(context.store, name, str(candidate["version"]))
        if held == "later"
        else registry.live(context.store, name, params["as_of"])
    )
    if version is None:
        context.log(f"no version of `{name}` is live")
        return {"entry": None, "model": None}
    return {
        "entry": {"name": name, "version": version.version, "key": version.key, "held": held},
        "model": registry.load(context.store, version),
    }


def stands(outputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> bool:
    """Whether the version that served still would; a person or another spec may have moved what is live."""
    entry = outputs["entry"]
    if entry is not None and entry["held"] == "later":
        return _held(context, params, entry["version"]) == "later"
    live = registry.live(context.store, params["name"], params["as_of"])
    return bool((live and live.version) == (entry and entry["version"]))


_REASONS = {
    "rolled back": "it was rolled back",
    "later": "the live version is of data of a later time",
}


def _held(context: Context, params: Mapping[str, Any], version: int) -> str | None:
    """Why a candidate that passed is not made live, or None."""
    if version in registry.rolled_back(context.store, params["name"]):
        return "rolled back"
    live = registry.live(context.store, params["name"])
    return "later" if live is not None and live.after(params["as_of"]) else None
