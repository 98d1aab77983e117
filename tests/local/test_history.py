"""What is remembered of runs."""

from pathlib import Path
from typing import Any

import pytest
from tests.repository import init

from mlc_local.history import list_runs, new_name, show_run
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.revision import revision
from mlc_runtime.store.directory import DirectoryStore


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "file").write_text("x")
    init(folder)
    return folder


def test_runs_are_listed_the_latest_first_and_shown(project: Any) -> None:
    project.operation("fail", 'raise ValueError("no")')
    good = project.run(project.plan(project.step("a", "give", {"value": 1})))
    bad = project.run(project.plan(project.step("a", "fail")))
    store = project.root / ".mlc"
    listed = list_runs(DirectoryStore(store))
    assert [(run["run"], run["verdict"]) for run in listed] == [(bad.name, "failed"), (good.name, "done")]
    assert listed[0]["pipeline"] == "toy"
    assert {"who", "when", "host", "plan", "revision", "seconds"} <= set(listed[0])
    shown = show_run(DirectoryStore(store), bad.name)
    assert shown["steps"][0] == {
        "name": "a",
        "tasks": 1,
        "done": 0,
        "stored": 0,
        "same": 0,
        "shared": 0,
        "failed": 1,
        "missing": 0,
        "seconds": shown["steps"][0]["seconds"],
        "poisoned": False,
        "spread": None,
    }
    assert shown["failures"][0]["message"] == "ValueError: no"
    assert (shown["failures"][0]["tasks"], shown["failures"][0]["origin"]) == ({"a": 1}, [])
    assert (shown["parameters"], shown["as_of"]) == ({}, None)


def test_a_run_whose_values_are_no_text_is_noted(project: Any) -> None:
    project.operation("name", 'return {"out": "caf\\udce9"}')
    result = project.run(project.plan(project.step("a", "name", root=True)))
    store = DirectoryStore(project.root / ".mlc")
    assert show_run(store, result.name)["verdict"] == "done"


def test_a_run_is_named_by_the_beginning_of_its_name(project: Any) -> None:
    plan = project.plan(project.step("a", "give", {"value": 1}))
    first, second = project.run(plan), project.run(plan)
    store = project.root / ".mlc"
    assert show_run(DirectoryStore(store), second.name[:-1])["run"] == second.name
    with pytest.raises(InvalidInputError, match="2 runs begin with"):
        show_run(DirectoryStore(store), first.name[:2])
    for wrong in ("nothing", "x*", "../run"):
        with pytest.raises(InvalidInputError, match="there is no run"):
            show_run(DirectoryStore(store), wrong)


def test_a_run_in_progress_and_one_that_was_killed(project: Any) -> None:
    project.operation("wait", "time.sleep(30)")
    process = project.start(project.plan(project.step("a", "wait")))
    project.until(1)
    assert [run["verdict"] for run in list_runs(DirectoryStore(project.root / ".mlc"))] == ["running"]
    process.kill()
    process.communicate()
    assert [run["verdict"] for run in list_runs(DirectoryStore(project.root / ".mlc"))] == ["killed"]


def test_no_store_is_no_runs(tmp_path: Path) -> None:
    assert list_runs(DirectoryStore(tmp_path / "nothing")) == []


def test_names_are_ordered_by_time_and_never_equal() -> None:
    names = [new_name() for _ in range(50)]
    assert len(set(names)) == 50
    assert [name[:19] for name in names] == sorted(name[:19] for name in names)


def test_the_revision_of_a_project(repository: Path, tmp_path: Path) -> None:
    clean = revision(repository)
    assert clean is not None
    assert (len(clean["commit"]), clean["dirty"]) == (40, False)
    (repository / "file").write_text("y")
    assert revision(repository) == {**clean, "dirty": True}


def test_no_revision_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert revision(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert revision(tmp_path) is None


def test_a_run_that_ends_before_its_first_task_is_listed_too(project: Any) -> None:
    plan = project.plan(project.step("a", "give", {"value": 1}, distributions=("no-such-distribution",)))
    with pytest.raises(InvalidInputError, match="no-such-distribution"):
        project.run(plan)
    (listed,) = list_runs(DirectoryStore(project.root / ".mlc"))
    assert (listed["verdict"], listed["trouble"]["code"]) == ("failed", "MLC964")
    assert show_run(DirectoryStore(project.root / ".mlc"), listed["run"])["steps"] == []
