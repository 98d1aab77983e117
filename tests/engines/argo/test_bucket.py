"""The store in a bucket, over a server that speaks S3's protocol and a line that fails."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.engines.argo.bucket import BUCKET, Server
from tests.engines.argo.faults import Line, line_to
from tests.engines.argo.pipeline import PROJECTS
from tests.engines.local import run_here
from tests.engines.results import results
from tests.runtime.store_contract import StoreContract

from mlc_compiler.cli.main import main
from mlc_compiler.driver import check_file, compile_checked
from mlc_containers.manifest import dump_manifest
from mlc_runtime.errors import InfrastructureError
from mlc_runtime.keys import static_key
from mlc_runtime.plan import Plan, PlanStep, Policy, dump
from mlc_runtime.store import Store, open_store, store_address
from mlc_runtime.store.s3 import S3Store

HERE = str(PROJECTS / "here.yaml")


@pytest.fixture
def address() -> str:
    """A prefix that nothing else uses."""
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"


@pytest.fixture
def line(bucket: Server) -> Iterator[Line]:
    with line_to(bucket.endpoint) as line:
        yield line


@pytest.fixture
def far(line: Line, address: str) -> Store:
    """A store at the other end of the line."""
    return open_store(store_address({"path": address, "endpoint": line.endpoint}))


class TestBucket(StoreContract):
    @pytest.fixture
    def store(self, bucket: Server, address: str) -> Store:
        return open_store(store_address({"path": address, "endpoint": bucket.endpoint}))


def test_the_server_itself_refuses_to_replace(bucket: Server) -> None:
    """Otherwise the tests of first writers would prove nothing of the request."""
    client, name = bucket.client(), uuid.uuid4().hex
    client.put_object(Bucket=BUCKET, Key=name, Body=b"one", IfNoneMatch="*")
    with pytest.raises(ClientError) as refused:
        client.put_object(Bucket=BUCKET, Key=name, Body=b"two", IfNoneMatch="*")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412


def test_two_stores_of_one_bucket_see_one_winner(bucket: Server, address: str) -> None:
    one, other = (open_store(store_address({"path": address, "endpoint": bucket.endpoint})) for _ in range(2))
    assert one.put_new("a", b"one")
    assert not other.put_new("a", b"one")
    assert other.get("a") == b"one"


def test_a_prefix_is_what_it_says(bucket: Server, address: str) -> None:
    prefixes = ("a", "a#b", "a?b", "a%41", "a b", "a{{=1+1}}$(HOME)")
    stores = {
        prefix: open_store(store_address({"path": f"{address}/{prefix}", "endpoint": bucket.endpoint}))
        for prefix in prefixes
    }
    for prefix, store in stores.items():
        store.put("name", prefix.encode())
    whole = open_store(store_address({"path": address, "endpoint": bucket.endpoint}))
    assert {name: whole.get(name) for name in whole.names("")} == {
        f"{prefix}/name": prefix.encode() for prefix in prefixes
    }


@pytest.mark.parametrize("status", [409, 500, 503])
def test_a_passing_refusal_is_asked_again(line: Line, far: Store, status: int) -> None:
    line.faults.extend([status, status])
    assert far.put_new("a", b"one")
    assert not line.faults
    assert far.get("a") == b"one"


def test_a_refusal_that_lasts_is_infrastructure(line: Line, far: Store) -> None:
    line.faults.extend([409] * 20)
    with pytest.raises(InfrastructureError, match="cannot be written"):
        far.put_new("a", b"one")


def test_a_write_whose_answer_was_lost_is_ours(line: Line, far: Store) -> None:
    line.faults.append("lose")
    assert far.put_new("a", b"one")
    assert far.get("a") == b"one"
    assert not far.put_new("a", b"one")


@pytest.mark.parametrize("fault", ["lose", "cut", "flip"])
def test_bytes_that_do_not_arrive_are_read_again(line: Line, far: Store, fault: str) -> None:
    far.put("a", b"0123456789" * 1000)
    for read in (far.get, lambda name: (far.path(name) or Path()).read_bytes()):
        line.faults.append(fault)
        assert read("a") == b"0123456789" * 1000
        assert not line.faults


def test_many_are_read_in_parallel(line: Line, far: Store) -> None:
    names = [f"a/{i}" for i in range(60)]
    for name in names:
        far.put(name, name.encode())
    line.delay, line.most = 0.2, 0
    assert far.get_many(names) == {name: name.encode() for name in names}
    assert line.most >= 16


def test_a_copy_is_fetched_once(line: Line, far: Store) -> None:
    far.put("a", b"one")
    first = far.path("a")
    assert first is not None
    before = first.stat().st_mtime_ns
    second = far.path("a")
    assert second == first
    assert second.stat().st_mtime_ns == before


def test_what_is_wrong_with_a_bucket_is_said(bucket: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = S3Store("nowhere", endpoint=bucket.endpoint)
    for use in (store.get, store.path, lambda name: store.put(name, b""), lambda name: store.put_new(name, b"")):
        with pytest.raises(InfrastructureError, match=r"`s3://nowhere/` cannot be .*NoSuchBucket"):
            use("a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(InfrastructureError, match="SignatureDoesNotMatch"):
        S3Store(BUCKET, endpoint=bucket.endpoint).get("a")


def test_a_server_that_is_not_there_is_infrastructure() -> None:
    with pytest.raises(InfrastructureError, match="Could not connect"):
        S3Store(BUCKET, endpoint="http://127.0.0.1:1", region="us-east-1").get("a")


def test_two_processes_that_run_one_task_agree(bucket: Server, address: str, tmp_path: Path) -> None:
    """As after a lost node: the first record stands, and both runs of the tile end well."""
    (tmp_path / "toyops").mkdir()
    (tmp_path / "toyops" / "give.py").write_text(
        "import os, time\n"
        "def run(inputs, params, context):\n"
        "    (context.root / 'ran').open('a').write('x')\n"
        "    time.sleep(1)\n"
        "    return {'out': {'made by': os.getpid(), 'much': 'x' * 10_000}}\n"
    )
    # The second process takes the first one's note for that of a death, of which the step allows one.
    key, policy = static_key("give", 1), Policy(retry=1)
    step = PlanStep("give", "toyops.give", key, outputs={"out": "value"}, root=True, policy=policy)
    (tmp_path / "plan.json").write_bytes(dump(Plan("toy", {}, {}, (step,))))
    store = store_address({"path": address, "endpoint": bucket.endpoint})

    def start(command: str, *more: str) -> subprocess.Popen[str]:
        options = ["--plan", "plan.json", "--store", store, "--run", "r1", "--root", ".", *more]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join((*sys.path, str(tmp_path)))}
        argv = [sys.executable, "-m", "mlc_runtime", command, *options]
        return subprocess.Popen(argv, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True)

    assert start("prepare").wait(60) == 0
    both = [start("tile", "--step", "give") for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert (tmp_path / "ran").read_text() == "xx"
    finish = start("finish")
    assert json.loads(finish.communicate(timeout=60)[0])["verdict"] == "done"
    opened = open_store(store)
    [record] = opened.names("task/")
    [output] = json.loads(opened.get(record) or b"")["outputs"].values()
    assert [name for name in opened.names("blob/") if output["sum"] in name]


def test_what_runs_here_is_there_for_other_machines(
    bucket: Server, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = {"path": address, "endpoint": bucket.endpoint, "region": "us-east-1"}

    def run(machine: str) -> tuple[Plan, dict[str, Any]]:
        root = Path(shutil.copytree(PROJECTS / "capabilities", tmp_path / machine))
        (root / "environment.yaml").write_bytes(dump_manifest({"store": store}))
        assert main(["run", str(root / "halves.yaml"), "--format", "json"]) == 0
        plan = compile_checked(check_file(root / "halves.yaml"), root).plan
        return plan, json.loads(capsys.readouterr().out)

    plan, first = run("one")
    opened = open_store(store_address(store))
    contents = results(plan, first["run"], opened, tmp_path / "one").contents()
    assert contents == run_here(PROJECTS / "capabilities" / "halves.yaml", plan, tmp_path, "--env", HERE).contents()
    _, second = run("other")
    assert {step["name"] for step in second["steps"] if step["done"]} == set()
    listed = ["runs", "list", "--spec", str(tmp_path / "one" / "halves.yaml"), "--format", "json"]
    assert main(listed) == 0
    assert [one["run"] for one in json.loads(capsys.readouterr().out)] == [second["run"], first["run"]]
