"""Bundle the predictors of all values of `each` with the fallback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context, collected, single
from mlc_runtime.learn.bundle import Bundle
from mlc_runtime.learn.values import key_of


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `model`: a bundle.

    Params: `task`; `fields`, the columns of `each`. Inputs: `models`, collected over `each`; `fallback`, a bundle
    (where its training has a condition, collected over that), absent without one.
    """
    fields = tuple(params["fields"])
    models = {key_of(record, fields): model for record, model in collected(inputs["models"])}
    fallback = single(inputs.get("fallback"))
    context.log(f"{len(models)} models{'' if fallback is None else ' and a fallback'}")
    return {"model": Bundle(params["task"], fields, models, fallback)}
