"""The limit of the countries: fit and score what the pipeline does, over the arrays that it prepared, without mlc.

Prints, as JSON, what importing the libraries takes, and what a fit with its score takes, over an even sample: seconds
by the clock and of the processor.
"""

import json
import sqlite3
import sys
import time
import warnings
from itertools import product
from pathlib import Path

START = time.perf_counter()
store, project, sample = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
sys.path.insert(0, project)

import numpy as np  # noqa: E402
import pandas  # noqa: E402, F401
import pyarrow as pa  # noqa: E402
from functions import GaussianProcess  # noqa: E402

IMPORT, IMPORT_CPU = time.perf_counter() - START, time.process_time()


def table(output: dict[str, str]) -> pa.Table:
    name = output["sum"]
    with pa.memory_map(str(store / "blob" / name[:2] / name)) as source:
        return pa.ipc.open_file(source).read_all()


def arrays(output: dict[str, str]) -> tuple[np.ndarray, np.ndarray]:
    rows = table(output)
    features = [name for name in rows.column_names if not name.startswith("$")]
    return np.column_stack([rows[name].to_numpy() for name in features]), rows["$label"].to_numpy()


warnings.simplefilter("ignore")
records = [
    json.loads(data) for (data,) in sqlite3.connect(store / "journal-1.sqlite").execute("SELECT json FROM record")
]
prepared = [r["outputs"] for r in records if r["op"] == "prepare" and "validation" in r["outputs"]]
settings = list(product([True, False], np.logspace(-3, 1, 25)))
every = max(1, len(prepared) * len(settings) // sample)
seconds, cpu, fits = 0.0, 0.0, 0
for number, (outputs, (smooth, noise)) in enumerate(product(prepared, settings)):
    if number % every:
        continue
    (x, y), (unseen, truth) = arrays(outputs["train"]), arrays(outputs["validation"])
    start, worked = time.perf_counter(), time.process_time()
    model = GaussianProcess(smooth=smooth, noise=noise, restarts=4, random_state=0).fit(x, y)
    np.abs(model.predict(unseen) - truth).mean()
    seconds += time.perf_counter() - start
    cpu += time.process_time() - worked
    fits += 1
print(json.dumps({"import": IMPORT, "import_cpu": IMPORT_CPU, "fit": seconds / fits, "fit_cpu": cpu / fits}))
