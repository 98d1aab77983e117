"""Requests for one row, over eight connections: `mlc serve` beside MLServer with the same pipeline of scikit-learn."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.benchmarks import peer
from tests.benchmarks.row import Row, in_text, interleaved, ratios
from tests.engines.services import free_ports
from tests.engines.serving.load import Load, load

ROUNDS = 3
REQUESTS = 2_000
SPEC = Path(__file__).parents[1] / "engines" / "serving" / "pipeline.yaml"
DATA = Path(__file__).parents[2] / "examples" / "penguins" / "data"
MLC = [sys.executable, "-m", "mlc_compiler.cli.main"]
BIRD = {"bill_length_mm": 39.1, "bill_depth_mm": 18.7, "flipper_length_mm": 181.0, "body_mass_g": 3750.0}


@dataclass(frozen=True)
class Server:
    """What answers: where, and how it is asked for one bird."""

    url: str
    body: Mapping[str, Any]

    def load(self, requests: int = REQUESTS) -> Load:
        """Ask so many times."""
        return load(self.url, dict(self.body), requests)

    def ask(self) -> Any:
        """One answer."""
        request = Request(self.url, json.dumps(self.body).encode(), {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """The rows of serving: the median latency, and the time of a request when they come one after the other."""
    with both() as servers:
        found: dict[str, list[Load]] = {name: [] for name in servers}

        def asked(name: str) -> Callable[[], float]:
            def ask() -> float:
                found[name].append(servers[name].load())
                assert set(found[name][-1].statuses) == {200}
                return statistics.median(found[name][-1].seconds) * 1000

            return ask

        taken = interleaved({name: asked(name) for name in servers}, rounds)
    named = f"MLServer {peer.VERSIONS['mlserver']}"
    ours, theirs = (f"{statistics.median(taken[name]):.1f} ms" for name in ("mlc", "mlserver"))
    yield Row("a request for one row, median", ours, f"{named}, {theirs}", ratios(taken["mlc"], taken["mlserver"]))
    paces = {name: [len(each.seconds) / each.wall for each in loads[1:]] for name, loads in found.items()}
    ours, theirs = (f"{statistics.median(paces[name]):,.0f} a second" for name in ("mlc", "mlserver"))
    yield Row("requests answered", ours, f"{named}, {theirs}", ratios(paces["mlc"], paces["mlserver"]))


def main() -> None:
    """Print the rows."""
    print(in_text(rows()))


@contextmanager
def both() -> Iterator[dict[str, Server]]:
    """Both servers, with a model that is trained."""
    with tempfile.TemporaryDirectory(prefix="mlc-serving-") as folder, ExitStack() as stack:
        project = Path(folder) / "project"
        project.mkdir()
        shutil.copy(SPEC, project)
        shutil.copytree(DATA, project / "data")
        subprocess.run([*MLC, "run", str(project / SPEC.name)], check=True, capture_output=True)
        yield {
            "mlc": stack.enter_context(ours(project / SPEC.name)),
            "mlserver": stack.enter_context(theirs(project / "data" / "penguins.csv", Path(folder))),
        }


@contextmanager
def ours(spec: Path) -> Iterator[Server]:
    """`mlc serve`."""
    command = [*MLC, "serve", str(spec), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://\S+", line)))
        tensors = [{"name": n, "shape": [1], "datatype": "FP64", "data": [value]} for n, value in BIRD.items()]
        try:
            yield Server(f"{address}/infer", {"inputs": tensors})
        finally:
            process.terminate()


@contextmanager
def theirs(data: Path, folder: Path) -> Iterator[Server]:
    """MLServer, in the environment of a peer."""
    ports = free_ports(3)
    command = [peer.python("mlserver"), peer.script("mlserver_penguins.py"), str(data), str(folder), *map(str, ports)]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        url = f"http://127.0.0.1:{ports[0]}/v2/models/ask"
        try:
            while not _answers(f"{url}/ready"):
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            row = {"name": "predict", "shape": [1, 4], "datatype": "FP64", "data": list(BIRD.values())}
            yield Server(f"{url}/infer", {"inputs": [row]})
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    return False


if __name__ == "__main__":
    main()
