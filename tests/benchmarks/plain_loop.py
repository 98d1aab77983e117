"""The limit of the countries: fit and score what the pipeline does, over the arrays that it prepared, without mlc.

Prints, as JSON, what importing the libraries takes, and what a fit with its score takes, over an even sample: seconds
by the clock and of the processor.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
import warnings
from contextlib import closing
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def main(store: Path, project: str, sample: int) -> None:
    """Print the figures.

    Args:
        store: the folder that the pipeline's preparations are in.
        project: the folder of the pipeline.
        sample: about how many fits are made.
    """
    start = time.perf_counter()
    sys.path.insert(0, project)
    for library in ("pandas", "pyarrow"):
        import_module(library)
    model = import_module("functions").GaussianProcess
    imported, imported_cpu = time.perf_counter() - start, time.process_time()
    import numpy as np

    warnings.simplefilter("ignore")
    prepared = _prepared(store)
    settings = list(product([True, False], np.logspace(-3, 1, 25)))
    every = max(1, len(prepared) * len(settings) // sample)
    seconds, cpu, fits = 0.0, 0.0, 0
    for number, (outputs, (smooth, noise)) in enumerate(product(prepared, settings)):
        if number % every:
            continue
        (x, y), (unseen, truth) = (_arrays(store, outputs[part]) for part in ("train", "validation"))
        start, worked = time.perf_counter(), time.process_time()
        fitted = model(smooth=smooth, noise=noise, restarts=4, random_state=0).fit(x, y)
        np.abs(fitted.predict(unseen) - truth).mean()
        seconds += time.perf_counter() - start
        cpu += time.process_time() - worked
        fits += 1
    print(json.dumps({"import": imported, "import_cpu": imported_cpu, "fit": seconds / fits, "fit_cpu": cpu / fits}))


def _prepared(store: Path) -> list[dict[str, dict[str, str]]]:
    """The outputs of each preparation that a fit is validated with."""
    with closing(sqlite3.connect(store / "journal-1.sqlite")) as journal:
        records = [json.loads(data) for (data,) in journal.execute("SELECT json FROM record")]
    return [r["outputs"] for r in records if r["op"] == "prepare" and "validation" in r["outputs"]]


def _arrays(store: Path, output: dict[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """The features and the label of a stored table."""
    import numpy as np
    import pyarrow as pa

    name = output["sum"]
    with pa.memory_map(str(store / "blob" / name[:2] / name)) as source:
        rows = pa.ipc.open_file(source).read_all()
    features = [name for name in rows.column_names if not name.startswith("$")]
    return np.column_stack([rows[name].to_numpy() for name in features]), rows["$label"].to_numpy()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
