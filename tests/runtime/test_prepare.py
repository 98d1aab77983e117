import os
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlc_runtime import layout
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.fingerprint import Fingerprints
from mlc_runtime.parameters import instant, parameters
from mlc_runtime.plan import Plan, PlanStep, Policy, fingerprint
from mlc_runtime.prepare import Site, prepare, read_bind
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.versions import versions
from mlc_runtime.worker_environment import has_avx2, worker_environment

DECLARED: dict[str, dict[str, Any]] = {
    "cost": {"type": "float", "default": 12.5, "min": 0},
    "rows": {"type": "int", "default": 10, "max": 100},
    "mode": {"type": "string", "default": "fast", "one_of": ["fast", "thorough"]},
    "deep": {"type": "bool", "default": False},
    "day": {"type": "date", "default": "2024-01-01", "min": "2023-01-01"},
    "since": {"type": "timestamp", "default": "2024-01-01"},
}


def test_parameters_are_typed_and_have_defaults() -> None:
    assert parameters(DECLARED, {}, "Asia/Tokyo") == {
        "cost": 12.5,
        "rows": 10,
        "mode": "fast",
        "deep": False,
        "day": "2024-01-01",
        "since": "2023-12-31T15:00:00+00:00",
    }
    given = {
        "cost": "3",
        "rows": "7",
        "mode": "thorough",
        "deep": "true",
        "day": "2024-02-29",
        "since": "2024-05-01T00:00Z",
    }
    found = parameters(DECLARED, given, "UTC")
    assert [found[name] for name in given] == [3.0, 7, "thorough", True, "2024-02-29", "2024-05-01T00:00:00+00:00"]
    assert type(found["cost"]) is float


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cots", "1"),
        ("cost", "much"),
        ("cost", "-1"),
        ("rows", "1.5"),
        ("rows", "101"),
        ("mode", "slow"),
        ("deep", "yes"),
        ("day", "2024-02-30"),
        ("day", "2022-12-31"),
        ("since", "tomorrow"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(name: str, text: str) -> None:
    with pytest.raises(InvalidInputError, match=f"`{name}`|`{text}`"):
        parameters(DECLARED, {name: text}, "UTC")


def test_a_time_without_a_zone_is_local() -> None:
    assert instant("2024-07-01", "America/New_York") == instant("2024-07-01T04:00:00Z", "UTC")


def test_versions_are_found_by_distribution_and_by_import() -> None:
    found = versions(["sklearn", "scikit-learn", "numpy"])
    assert found["sklearn"] == found["scikit-learn"]
    assert set(found) == {"python", "sklearn", "scikit-learn", "numpy"}
    assert found["python"].count(".") == 1
    with pytest.raises(InvalidInputError, match="`nowhere_to_be_found`"):
        versions(["nowhere_to_be_found"])


READ = PlanStep(
    "sources.s",
    "toys.read",
    "k",
    {"print": {"$bind": ["sources", "s"]}, "as_of": {"$param": "as_of"}, "locate": {"path": "data.csv"}},
    outputs={"table": "table"},
    distributions=("numpy",),
)
LABELS = {"name": "sources.s", "op": READ.op, "params": {"locate": {"path": "data.csv"}}}
PLAN = Plan("p", DECLARED, {}, (READ,), {"timezone": "UTC", "as_of": [LABELS]})


@pytest.fixture
def site(tmp_path: Path, toys: Any) -> Site:
    import sys

    toys.add("read", lambda inputs, params, context: {"table": None})
    sys.modules["toys.read"].latest_known = lambda params, context: len(
        (context.root / params["locate"]["path"]).read_text()
    )  # type: ignore[attr-defined]
    (tmp_path / "data.csv").write_text("a\n1\n")
    return Site(MemoryStore(), tmp_path)


def test_a_run_is_prepared_once(site: Site) -> None:
    first = prepare(PLAN, "r1", site, given={"cost": "1"})
    (site.root / "data.csv").write_text("a\n1\n2\n")
    again = prepare(PLAN, "r1", site, given={"cost": "2"})
    later = prepare(PLAN, "r2", site)
    assert again == first
    assert first["parameters"]["cost"] == 1.0
    assert (first["parameters"]["as_of"], later["parameters"]["as_of"]) == (4, 6)
    assert first["sources"]["s"] != later["sources"]["s"]
    assert set(first["versions"]) == {"numpy", "python"}
    assert first["plan"] == fingerprint(PLAN)
    assert read_bind(site.store, "r1") == first


def test_a_given_time_is_not_looked_for(site: Site) -> None:
    assert prepare(PLAN, "r1", site, as_of=123)["parameters"]["as_of"] == 123


def test_a_run_belongs_to_a_plan(site: Site) -> None:
    prepare(PLAN, "r1", site)
    with pytest.raises(InvalidInputError, match="another plan"):
        prepare(replace(PLAN, name="other"), "r1", site)


@pytest.mark.parametrize("data", [b"", b"[]", b'{"mlc_bind": 2}', b"{"])
def test_damaged_facts_are_refused(site: Site, data: bytes) -> None:
    site.store.put(layout.bind("r1"), data)
    with pytest.raises(InvalidInputError):
        prepare(PLAN, "r1", site)


def test_a_live_model_is_resolved_once(site: Site) -> None:
    step = replace(READ, name="live", params={"version": {"$bind": ["live", "churn"]}})
    assert prepare(replace(PLAN, steps=(READ, step)), "r1", site)["live"] == {"churn": None}


def test_a_made_source_needs_a_given_time(site: Site) -> None:
    made = {"name": "sources.s", "op": "toys.give", "params": {}}
    with pytest.raises(InvalidInputError, match="logical time"):
        prepare(replace(PLAN, spec={"as_of": [made]}), "r1", site)


def test_fingerprints_follow_bytes_and_names(tmp_path: Path) -> None:
    def prints(path: str) -> str:
        return Fingerprints(MemoryStore(), tmp_path, {}, "r1").source({"path": path})

    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.csv").write_text("1")
    (tmp_path / "one.csv").write_text("1")
    before = [prints(path) for path in ("one.csv", "folder", "folder/a", "nowhere.csv")]
    assert len(set(before)) == 3, "a prefix names the same file as the folder does"
    (folder / "b.csv").write_text("2")
    assert prints("one.csv") == before[0]
    assert prints("folder") != before[1]
    assert prints("folder/a") == before[2]
    paths = [Fingerprints(MemoryStore(), tmp_path, {}, "r1").source({"files": name}) for name in ("folder/a", "folder")]
    assert len({*before, *paths}) == 5, "where paths are what is read, equal files under other names are other data"
    assert Fingerprints(MemoryStore(), tmp_path, {}, "r1").source({"path": None}) == ""


def test_a_file_is_read_once_while_it_does_not_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlc_runtime.fingerprint as module

    reads: list[Path] = []
    digest = module.file_digest
    monkeypatch.setattr(module, "file_digest", lambda path: (reads.append(path), digest(path))[1])
    store, file = MemoryStore(), tmp_path / "a.csv"

    def prints(seconds: int) -> str:
        os.utime(file, (seconds, seconds))
        fingerprints = Fingerprints(store, tmp_path, {}, "r1")
        found = fingerprints.source({"path": "a.csv"})
        fingerprints.save()
        return found

    file.write_text("1")
    first = [prints(1_000_000), prints(1_000_000)]
    assert len(reads) == 1
    file.write_text("2")
    assert prints(2_000_000) not in first
    assert len(reads) == 2


def test_a_warehouse_folder_stands_for_its_file_and_others_for_the_run(tmp_path: Path) -> None:
    environment = {"connections": {"w": {"type": "folder", "path": "."}, "p": {"type": "postgres", "host": "h"}}}
    (tmp_path / "t.parquet").write_bytes(b"1")

    def prints(connection: dict[str, str], run: str = "r1") -> str:
        return Fingerprints(MemoryStore(), tmp_path, environment, run).source(connection)

    table = prints({"connection": "w", "table": "public.t"})
    assert prints({"connection": "w", "table": "public.t"}, "r2") == table
    assert prints({"connection": "p", "table": "t"}, "r1") != prints({"connection": "p", "table": "t"}, "r2")
    assert prints({"connection": "w", "query": "from t"}) == prints({"connection": "w", "query": "from t"}, "r2")


def test_a_worker_s_variables(tmp_path: Path) -> None:
    variables = worker_environment(Policy(resources={"cpu": 1.5}))
    assert variables["OMP_NUM_THREADS"] == "2"
    assert worker_environment()["OPENBLAS_NUM_THREADS"] == "1"
    assert variables["PYTHONHASHSEED"] == "0"
    (tmp_path / "old").write_text("flags\t\t: fpu sse\n")
    assert not has_avx2(tmp_path / "old")
    assert not has_avx2(tmp_path / "none")


def test_a_connection_may_say_itself_whether_a_table_changed(tmp_path: Path) -> None:
    table = tmp_path / "warehouse" / "orders.parquet"
    table.parent.mkdir()
    query = "select max(changed) from orders"
    settings = {"type": "folder", "path": "warehouse", "fingerprint": query}
    fingerprints = Fingerprints(MemoryStore(), tmp_path, {"connections": {"shop": settings}}, "r1")

    def found(changed: int, amount: int) -> str:
        pq.write_table(pa.table({"changed": [changed], "amount": [amount]}), table)
        return fingerprints.source({"connection": "shop", "table": "orders"})

    assert found(1, 10) == found(1, 20) != found(2, 20)


def test_what_the_extra_brings_is_named_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    monkeypatch.setattr(metadata, "packages_distributions", dict)
    with pytest.raises(InvalidInputError) as error:
        versions(["sklearn"])
    assert "mlc-compiler[run]" in error.value.help
    with pytest.raises(InvalidInputError) as error:
        versions(["statsmodels"])
    assert "mlc-compiler[experiments]" in error.value.help
    with pytest.raises(InvalidInputError) as error:
        versions(["functoins"])
    assert "spelling" in error.value.help
