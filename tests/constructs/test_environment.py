"""The environment: what is read of it here, and what waits for other targets."""

import json
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlc_compiler.cli.main import main
from mlc_compiler.driver import check_environment
from mlc_compiler.plan.override import override

SERVER = "host: db.example, port: 5432, database: shop, user: mlc, password: pw, fingerprint: select 1"
ENVIRONMENT = f"""
store: {{path: "s3://acme-ml/churn", endpoint: "https://store.example", region: eu-central-1}}
connections:
  lake: {{type: folder, path: lake, fingerprint: select max(id) from things}}
  base: {{type: duckdb, path: base.duckdb, fingerprint: select count(*) from things}}
  objects: {{type: s3, bucket: lake, prefix: curated/, region: eu, endpoint: "https://store.example", access_key: key,
            secret_key: pw, fingerprint: select 1}}
  postgres: {{type: postgres, {SERVER}}}
  mysql: {{type: mysql, {SERVER}}}
  redshift: {{type: redshift, {SERVER}}}
  snow: {{type: snowflake, account: a, user: u, password: pw, private_key: key, warehouse: w, role: r, database: d,
         schema: s, fingerprint: select 1}}
secrets: {{pw: {{env: PW}}, key: {{kubernetes: {{secret: s, key: k}}}}, other: {{aws: "arn:aws:secretsmanager:x"}}}}
image: ghcr.io/acme/ml@sha256:9f2c
pools:
  gpu: {{cpu: 16, memory: 64Gi, gpu: 1, spot: true, labels: {{disk: ssd}}, priority: 10,
        tolerations: [{{key: nvidia.com/gpu, operator: Equal, value: "true", effect: NoSchedule}}]}}
parallelism: 20
overrides: {{t: {{resources: {{memory: 16Gi, cpu: 4, gpu: 1, pool: gpu}}, retry: {{limit: 5}}, timeout: 2h}}}}
targets: {{argo: {{namespace: ml}}}}
"""


def connections_of(workshop: Any) -> Any:
    """The connections of the environment above, as plain data."""
    asked = {"mode": "json", "by_alias": True, "exclude_none": True, "include": {"connections"}}
    return environment(workshop).model_dump(**asked)["connections"]


def environment(workshop: Any) -> Any:
    """The environment above, in which nothing is wrong."""
    workshop.write({"environment.yaml": ENVIRONMENT})
    loaded, diagnostics, _ = check_environment(workshop.root / "environment.yaml")
    assert diagnostics == []
    return loaded.environment


def test_every_key_is_read(workshop: Any) -> None:
    found = environment(workshop)
    assert found.model_fields_set == type(found).model_fields.keys()


@pytest.mark.parametrize("name", ["objects", "postgres", "mysql", "redshift", "snow"])
def test_connections_that_wait(workshop: Any, name: str) -> None:
    connections = connections_of(workshop)
    finished = workshop.run(
        f"mlc: 1\nname: t\nsources: {{t: {{read: {{connection: {name}, table: t}}, columns: {{id: int}}}}}}\n",
        environment={"connections": connections},
    )
    assert "cannot be read on this machine" in finished.failures()["sources.t"]


@pytest.mark.parametrize("name", ["lake", "base"])
def test_connection_says_whether_it_changed(workshop: Any, name: str) -> None:
    connections = connections_of(workshop)
    (workshop.root / "lake").mkdir()
    pq.write_table(pa.table({"id": [1, 2]}), workshop.root / "lake/things.parquet")
    with duckdb.connect(str(workshop.root / "base.duckdb")) as session:
        session.execute("create table things as select unnest([1, 2]) as id")
    spec = f"mlc: 1\nname: t\nsources: {{t: {{read: {{connection: {name}, table: things}}, columns: {{id: int}}}}}}\n"
    runs = [workshop.run(spec, environment={"connections": connections}) for _ in range(2)]
    assert [finished.statuses("sources.t") for finished in runs] == [["done"], ["stored"]]


def test_overrides_change_policies_and_no_key(workshop: Any) -> None:
    plan = workshop.compile("mlc: 1\nname: t\nsteps: {t: {use: 'words:say', retry: 1}, u: {use: 'words:say'}}\n").plan
    changed = override(plan, environment(workshop).overrides)
    policy = changed.by_name["t"].policy
    assert (policy.retry, policy.timeout, policy.pool) == (5, 7_200_000_000, "gpu")
    assert policy.resources == {"memory": 16 * 2**30, "cpu": 4, "gpu": 1}
    assert changed.by_name["u"] == plan.by_name["u"]
    assert changed.by_name["t"].static == plan.by_name["t"].static


def test_what_work_is_declared_to_take_decides(workshop: Any, capsys: pytest.CaptureFixture[str]) -> None:
    spec = workshop.root / "pipeline.yaml"
    workshop.write(
        {
            "pipeline.yaml": "mlc: 1\nname: t\nsteps: {t: {use: 'words:say'}, u: {use: 'words:say', after: [t]}}\n",
            "environment.yaml": "overrides: {t: {takes: 90s}}\n",
            "words.py": "def say(): ...\n",
        }
    )
    assert main(["explain", str(spec), "--format", "json"]) == 0
    work = json.loads(capsys.readouterr().out)["after"]["work"]
    assert (work["seconds"], work["sources"]) == (91.0, [["declared", 1], ["default", 1]])
    assert main(["explain", str(spec)]) == 0
    assert "1 declared by the environment, 1 by default for their operation" in capsys.readouterr().out
