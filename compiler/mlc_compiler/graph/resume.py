"""Which models go on from where a shorter fit of theirs stood."""

from __future__ import annotations

from collections.abc import Iterable

from mlc_compiler.check.signatures import signature


def resumes(uses: Iterable[str], resource: str) -> bool:
    """Whether each of some models, given more of a resource, can add to what it fitted with less.

    That is so for ensembles whose members are counted by the resource. Solvers that iterate (`max_iter` of a linear
    model) start anew: what they are given is a bound, and going on would give another result than one long fit.

    Args:
        uses: what the model's call names, over all settings.
        resource: the argument that a halving raises.
    """
    return all(_grows(use, resource) for use in uses)


def _grows(use: str, resource: str) -> bool:
    known = signature(use)
    if known is None or "warm_start" not in known.arguments:
        return False
    return resource == "n_estimators" or (resource == "max_iter" and "HistGradientBoosting" in use)
