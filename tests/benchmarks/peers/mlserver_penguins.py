"""MLServer with the pipeline of scikit-learn that the penguins' spec trains: `DATA FOLDER HTTP GRPC METRICS`."""

import csv
import json
import os
import sys
from pathlib import Path

import joblib
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

COLUMNS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


def main(data, folder, http, grpc, metrics):
    with Path(data).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    values = [[float(row[name] or "nan") for name in COLUMNS] for row in rows]
    model = make_pipeline(SimpleImputer(), LogisticRegression(max_iter=2000))
    joblib.dump(model.fit(values, [row["species"] for row in rows]), f"{folder}/model.joblib")
    settings = {
        "name": "ask",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": "./model.joblib"},
    }
    Path(folder, "model-settings.json").write_text(json.dumps(settings))
    ports = {"http_port": int(http), "grpc_port": int(grpc), "metrics_port": int(metrics)}
    Path(folder, "settings.json").write_text(json.dumps({"host": "127.0.0.1", "parallel_workers": 0, **ports}))
    program = str(Path(sys.executable).with_name("mlserver"))
    os.execv(program, [program, "start", folder])


if __name__ == "__main__":
    main(*sys.argv[1:])
