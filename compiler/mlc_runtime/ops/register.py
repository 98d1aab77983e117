"""Register a bundle as the next version of a model, unless a blocking check of its data failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime import registry
from mlc_runtime.act import act_now
from mlc_runtime.context import Context
from mlc_runtime.data.checked import refuse_failed


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `entry`: `{"name", "version", "key"}`.

    Params: `name`; `as_of`, microseconds since the epoch, None for examples without time; `origin`, what is noted of
    where the model came from. Inputs: `model`, a bundle; `report`; `checks.SOURCE`, the report of the checks of each
    source that it derives from.

    Raises:
        StepError: `MLC946` names the blocking checks that failed.
    """
    refuse_failed({port: value for port, value in inputs.items() if port.startswith("checks.")})
    report = inputs["report"]
    version = registry.register(
        context.store,
        params["name"],
        context.keys["model"],
        inputs["model"],
        **act_now(),
        run=context.run,
        metrics={part: report[part] for part in ("validation", "test")},
        origin=params.get("origin", {}),
        as_of=params["as_of"],
    )
    return {"entry": {"name": version.name, "version": version.version, "key": version.key}}
