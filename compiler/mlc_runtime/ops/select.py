"""Keep the best settings of a grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.errors import StepError
from mlc_runtime.learn.index import index
from mlc_runtime.learn.ranking import rank


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `chosen` settings as an axis, and the `ranking` of all.

    Params: `maximize` or `minimize`, the metric; `keep`, how many; `fields`, those of the grid. Input: `scores`,
    collected over the grid and whatever the mean is taken over.

    Raises:
        StepError: `MLC943` where no setting has a value.
    """
    maximize = "maximize" in params
    metric = params["maximize"] if maximize else params["minimize"]
    scores = [(record, scores["metrics"][metric]) for record, scores in inputs["scores"]]
    standings = rank(scores, params["fields"], maximize=maximize)
    kept = [standing for standing in standings if standing.mean is not None][: params["keep"]]
    if not kept:
        reasons = sorted({scores["undefined"].get(metric, "") for _, scores in inputs["scores"]})
        raise StepError(
            "MLC943",
            f"`{metric}` has no value for any of the {len(standings)} settings",
            "; ".join(filter(None, reasons)) or "Look at the tasks that failed.",
        )
    incomplete = sum(not standing.complete for standing in standings)
    if incomplete:
        context.log(f"{incomplete} of {len(standings)} settings lack a value and are ranked after the others")
    return {
        "chosen": index(params["fields"], [standing.setting for standing in kept]),
        "ranking": {
            "metric": metric,
            "direction": "maximize" if maximize else "minimize",
            "settings": [
                {
                    "setting": dict(standing.setting),
                    "mean": standing.mean,
                    "values": [{"at": dict(at), "value": value} for at, value in standing.values],
                }
                for standing in standings
            ],
        },
    }
