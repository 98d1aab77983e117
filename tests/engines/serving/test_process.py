"""`mlc serve` as users start it: under load, through a new version, to its end; and fuzzed by its own document."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.benchmarks.serving import both
from tests.engines.serving.load import load

from mlc_runtime import registry
from mlc_runtime.store import open_store

HERE = Path(__file__).parent
PENGUINS = HERE.parents[2] / "examples" / "penguins" / "data"
BODY = {
    "inputs": [
        {"name": name, "shape": [1], "datatype": "FP64", "data": [value]}
        for name, value in (
            ("bill_length_mm", 39.1),
            ("bill_depth_mm", 18.7),
            ("flipper_length_mm", 181.0),
            ("body_mass_g", 3750.0),
        )
    ]
}
MLC = [sys.executable, "-m", "mlc_compiler.cli.main"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose model is trained and live."""
    root = tmp_path_factory.mktemp("penguins")
    shutil.copy(HERE / "pipeline.yaml", root)
    shutil.copytree(PENGUINS, root / "data")
    subprocess.run([*MLC, "run", str(root / "pipeline.yaml")], check=True, capture_output=True, timeout=120)
    return root


@pytest.fixture
def server(project: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server's process, and the address of its model."""
    command = [*MLC, "serve", str(project / "pipeline.yaml"), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = ""
        for line in process.stderr:
            found = re.search(r"http://\S+", line)
            if found:
                address = found[0]
                break
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield process, address
        if process.poll() is None:
            process.terminate()


def test_ten_thousand_requests_while_a_new_version_goes_live(
    project: Path, server: tuple[subprocess.Popen[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    process, address = server
    store = open_store(str(project / ".mlc"))
    live = registry.live(store, "kind")
    assert live is not None

    def promote() -> None:
        time.sleep(2)
        model, key = registry.load(store, live), os.urandom(20).hex()
        noted = {"who": "ada", "when": "2024-05-01T00:00:00+00:00", "run": "r", "metrics": {}, "origin": {}}
        new = registry.register(store, "kind", key, model, **noted)
        registry.promote(store, "kind", new.version, who="ada", when="2024-05-01T00:00:00+00:00")

    promotion = threading.Thread(target=promote)
    promotion.start()
    found = load(f"{address}/infer", BODY, 10_000)
    promotion.join()
    with capsys.disabled():
        print(f"\nserving: {found.told()}")
    assert found.statuses == {200: 10_000}
    assert set(found.versions) == {str(live.version), str(live.version + 1)}
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_a_server_that_is_told_to_end_answers_what_was_asked(server: tuple[subprocess.Popen[str], str]) -> None:
    process, address = server
    ended = threading.Timer(0.5, process.send_signal, [signal.SIGTERM])
    ended.start()
    statuses: list[int] = []
    while process.poll() is None:
        with suppress(OSError):  # nobody listens any more
            statuses += load(f"{address}/infer", BODY, 1, connections=1).statuses.elements()
    assert statuses
    assert set(statuses) == {200}
    assert process.wait(30) == 0


def test_requests_made_up_from_the_document_find_no_fault(server: tuple[subprocess.Popen[str], str]) -> None:
    _, address = server
    document = f"{address.partition('/v2')[0]}/openapi.json"
    checks = "not_a_server_error,status_code_conformance,response_schema_conformance"
    command = ["schemathesis", "run", document, "--checks", checks, "--max-examples", "60", "--seed", "1"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False, cwd="/")
    assert found.returncode == 0, found.stdout[-4_000:]


def test_beside_mlserver(capsys: pytest.CaptureFixture[str]) -> None:
    """The same pipeline of scikit-learn behind both, asked in turn: each answers all, and alike."""
    with both() as servers:
        found = {name: server.load(1_000) for name, server in servers.items()}
        kinds = {name: server.ask()["outputs"][0]["data"] for name, server in servers.items()}
    assert kinds["mlc"] == kinds["mlserver"]
    for name, each in found.items():
        assert each.statuses == {200: 1_000}
        with capsys.disabled():
            print(f"\n{name}: {each.told()}")
