"""P-values of many questions asked at once, corrected; the methods are those of statsmodels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal


def corrected(p_values: Sequence[float], method: Literal["holm", "fdr_bh"]) -> list[float]:
    """The p-values, each as if it were asked alone.

    Args:
        p_values: of every question.
        method: `holm` bounds the chance of any false finding (Holm 1979), `fdr_bh` the expected share of false ones
            among the findings (Benjamini and Hochberg 1995).
    """
    if len(p_values) < 2:
        return list(p_values)
    from statsmodels.stats.multitest import multipletests

    return [float(p) for p in multipletests(p_values, method=method)[1]]
