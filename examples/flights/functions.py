"""What the flights' spec computes in Python."""

import numpy as np
import pandas as pd


def precision_at(label: pd.Series, prediction: pd.Series, rows: pd.DataFrame, share: float = 0.1) -> float:  # noqa: ARG001
    """Return how many of the flights most likely to be late were: of those that an airline would act on.

    Args:
        label: whether the flight was late.
        prediction: the predicted probability.
        rows: the flights; part of every metric's signature.
        share: the part of all flights that is acted on.
    """
    likely = np.argsort(-np.asarray(prediction), kind="stable")[: max(1, round(share * len(prediction)))]
    return float(np.asarray(label, dtype=float)[likely].mean())
