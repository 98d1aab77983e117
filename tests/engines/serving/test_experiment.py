"""An experiment as it goes by: started, asked, killed in between, looked at, and stopped by its guardrail."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

HERE = Path(__file__).parent
PENGUINS = HERE.parents[2] / "examples" / "penguins" / "data"
MLC = [sys.executable, "-m", "mlc_compiler.cli.main"]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A project whose models are trained, and the serving's is live."""
    shutil.copy(HERE / "trial" / "pipeline.yaml", tmp_path)
    shutil.copytree(PENGUINS, tmp_path / "data")
    mlc("run", tmp_path / "pipeline.yaml")
    return tmp_path / "pipeline.yaml"


def mlc(*words: object, code: int = 0) -> tuple[str, str]:
    """Run a command; what it says on both streams."""
    done = subprocess.run([*MLC, *map(str, words)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


@contextmanager
def server(spec: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server's process, and where it is asked."""
    with subprocess.Popen([*MLC, "serve", str(spec), "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://\S+", line)))
        yield process, f"{address}/infer"
        if process.poll() is None:
            process.terminate()


def ask(address: str, birds: range) -> None:
    """Ask for each bird by itself."""
    for bird in birds:
        body = {"id": str(bird), "inputs": [{"name": "id", "shape": [1], "datatype": "INT64", "data": [bird]}]}
        with urllib.request.urlopen(urllib.request.Request(address, json.dumps(body).encode()), timeout=60) as answer:
            said = json.load(answer)
        assert {output["name"]: output["data"] for output in said["outputs"]}["arm.guessing"] == [
            said["parameters"]["arm.guessing"]
        ]


def logged(spec: Path) -> list[dict[str, Any]]:
    folder = spec.parent / ".mlc" / "experiment" / "penguins" / "exposure" / "guessing"
    rows: list[dict[str, Any]] = ds.dataset(folder).to_table().to_pylist() if folder.is_dir() else []
    return rows


def test_an_experiment_from_its_start_to_its_end(spec: Path) -> None:
    assert "MLC949" in mlc("experiment", "start", spec, code=2)[1]
    mlc("models", "promote", "guess", "--spec", spec)
    assert "guess 0.5 (guess@1)" in mlc("experiment", "start", spec, "guessing")[0]
    exported = json.loads(mlc("experiment", "export", spec, "--format", "statsig")[0])
    assert [each["name"] for each in exported["dynamic_configs"]] == ["guessing"]
    assert "MLC996" in mlc("experiment", "analyse", spec, code=2)[1]
    with server(spec) as (process, address):
        ask(address, range(1, 100))
        end = time.monotonic() + 60
        while len(logged(spec)) < 99 and time.monotonic() < end:
            time.sleep(0.1)
        process.kill()  # what was committed stays
        assert process.wait(60) != 0
    assert {row["request"] for row in logged(spec)} == {str(bird) for bird in range(1, 100)}
    with server(spec) as (process, address):
        ask(address, range(100, 345))
        process.terminate()  # what waits is committed
        assert process.wait(60) == 0
    assert len(logged(spec)) == 344
    status = json.loads(mlc("experiment", "status", spec, "--format", "json")[0])
    assert sum(arm["units"] for arm in status["arms"]) == 344
    assert status["mismatch"] > 0.001
    analysis, told = mlc("experiment", "analyse", spec, "--stop", "--format", "json")
    assert json.loads(analysis)["verdict"] == "harm"
    assert "guardrail" in told
    stopped = json.loads(mlc("experiment", "list", spec, "--format", "json")[0])[0]
    assert stopped["state"] == "stopped"
    assert "guess" in stopped["entries"][-1]["reason"]
    assert "MLC992" in mlc("experiment", "start", spec, code=2)[1]
