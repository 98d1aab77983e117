"""`mlc diff`: what may be compared with what, in which form, with which exit code."""

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.repository import Repository, commit, git
from tests.shop import SPEC
from tests.specs import EXAMPLES, shuffled

from mlc_compiler.cli.main import main
from mlc_compiler.source.read import read_file

CODE = "def fit(train, validation, context, **settings):\n    return None\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path, SPEC, CODE)


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["diff", *arguments, "--format", "json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def tasks(found: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["new"]["text"] for step in found["steps"]}


def test_one_more_of_each_is_its_hundred_settings(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.edit(("[AT, CH, DE]", "[AT, CH, DE, FR]"))
    (found,) = compared(capsys, "HEAD", ".", "shop/pipeline.yaml")
    steps = tasks(found)
    assert (steps["returns.fit"], steps["returns.score"]) == ("<=100", "<=100")
    assert {step["name"]: step["of"]["text"] for step in found["steps"]}["returns.fit"] == "<=400"
    assert not {"sources.orders", "examples.orders", "returns.rows"} & set(steps)
    (change,) = found["changes"]
    assert (change["path"], change["what"], change["kind"]) == (
        ["training", "returns", "each", "country"],
        "changed",
        "recompute",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("main", "HEAD", "shop/pipeline.yaml"),
        ("main", "HEAD", "shop"),
        ("main", "HEAD"),
        ("main:shop/pipeline.yaml", "HEAD:shop/pipeline.yaml"),
        ("main:shop/pipeline.yaml", "shop/pipeline.yaml"),
        ("main:shop", "shop"),
    ],
)
def test_revisions_files_and_folders(
    arguments: tuple[str, ...], repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    git(repository.root, "checkout", "--quiet", "-b", "change")
    repository.edit(("[1, 2]", "[1, 2, 3]"))
    commit(repository.root)
    (found,) = compared(capsys, *arguments)
    assert tasks(found)["returns.fit"] == "<=150"
    assert found["kinds"] == ["recompute"]


def test_the_order_of_stages_means_something(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = "scale: {use: sklearn.preprocessing.StandardScaler}", "gaps: {use: sklearn.impute.SimpleImputer}"
    repository.edit(("features: [order, place]", "features: [order]"))
    repository.edit(("    select:", f"    prepare: {{{one}, {other}}}\n    select:"))
    commit(repository.root)
    repository.edit((f"{one}, {other}", f"{other}, {one}"))
    (found,) = compared(capsys, "HEAD", ".")
    (change,) = found["changes"]
    assert (change["path"], change["what"], change["kind"]) == (
        ["training", "returns", "prepare"],
        "reordered",
        "recompute",
    )
    assert {"returns.prepare.scale", "returns.prepare.gaps", "returns.fit"} <= set(tasks(found))
    assert "returns.split" not in tasks(found)


def test_an_override_of_the_environment_runs_nothing(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = repository.spec.with_name("environment.yaml")
    environment.write_text("overrides: {returns: {retry: 1}}\nparallelism: 2\n")
    commit(repository.root)
    environment.write_text("overrides: {returns: {retry: 2, resources: {memory: 8Gi}}}\nparallelism: 4\n")
    (found,) = compared(capsys, "HEAD", ".")
    assert (found["kinds"], found["steps"], found["effective"]) == (["environment"], [], True)
    assert [change["path"][-1] for change in found["changes"]] == ["parallelism", "resources", "retry"]


def test_another_environment_is_asked_for_by_name(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.spec.with_name("environment.yaml").write_text("parallelism: 1\n")
    commit(repository.root)
    repository.spec.with_name("environment.yaml").write_text("parallelism: 2\n")
    assert main(["diff", "HEAD", ".", "--env", "environment.prod.yaml"]) == 2
    complaint = "there is no environment `environment.prod.yaml` beside `shop/pipeline.yaml` on either side"
    assert capsys.readouterr() == ("", f"mlc diff: {complaint}\n")
    repository.spec.with_name("environment.prod.yaml").write_text("parallelism: 8\n")
    (found,) = compared(capsys, "HEAD", ".", "--env", "environment.prod.yaml")
    (change,) = found["changes"]
    assert (change["path"], change["what"], change["kind"]) == (["parallelism"], "added", "environment")


def test_code_that_changed_is_named(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    (repository.root / "shop" / "functions.py").write_text("# words\n" + CODE)
    (found,) = compared(capsys, "HEAD", ".")
    assert (found["steps"], found["effective"]) == ([], False)
    (repository.root / "shop" / "functions.py").write_text(CODE.replace("None", "1"))
    (found,) = compared(capsys, "HEAD", ".")
    assert found["changes"][0]["code"] == "functions.py"
    assert found["changes"][0]["steps"][0] == "returns.fit"


def test_a_file_that_moved_is_no_difference(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.spec.rename(repository.spec.with_name("returns.yaml"))
    assert compared(capsys, "HEAD", ".") == []
    commit(repository.root)
    repository.spec.parent.rename(repository.root / "returns")
    assert compared(capsys, "HEAD", ".") == []


def test_another_language_is_none_in_effect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "one")]) == 0
    assert main(["init", str(tmp_path / "other"), "--toml"]) == 0
    (found,) = compared(capsys, str(tmp_path / "one" / "pipeline.yaml"), str(tmp_path / "other" / "pipeline.toml"))
    assert (found["kinds"], found["effective"], found["steps"]) == (["cosmetic"], False, [])


def test_a_pipeline_that_comes_and_one_that_goes(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.spec.with_name("other.yaml").write_text(SPEC.replace("name: shop", "name: other"))
    repository.spec.unlink()
    found = {each["head"] or each["base"]: each["what"] for each in compared(capsys, "HEAD", ".", "shop")}
    assert found == {"shop/other.yaml": "new pipeline", "shop/pipeline.yaml": "removed pipeline"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("amount: float,", "amount: int,", "`amount` of a request was float and is int"),
        ("columns: [country]", "columns: [country, placed]", "requests must bring `placed`"),
        ("label: returned,", "label: amount,", "column `decision` of the predictions is gone"),
        ("order_id: int,", "order_id: string,", "column `order_id` of the predictions was int and is string"),
        ("write: predictions/returns", "write: elsewhere/returns", "no more written to `predictions/returns.parquet`"),
        ("mode: batch, write: predictions/returns.parquet", "mode: online", "`daily` was batch and is online"),
        ("  daily: {model: returns, mode: batch, write: predictions/returns.parquet}\n", "", "`daily` is gone"),
        ("control: {share: 50%}", "control: {share: 40%}", "`arms` of `trial` changes"),
    ],
)
def test_what_breaks_is_named(
    old: str, new: str, message: str, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.edit((old, new))
    if "label" in old:
        repository.edit(("minimize: brier", "minimize: mae"))
        repository.edit(("{metric: brier", "{metric: mae"))
        repository.edit(("known: {returned:", "known: {amount:"))
        repository.edit(("features: [order, place]", "features: [place]"))
        repository.edit(("columns: [amount]", "columns: [order_id]"))
        repository.edit((", threshold: 0.3}", ", model: returns}"))
    (found,) = compared(capsys, "HEAD", ".")
    assert any(message in broken["message"] for broken in found["breaking"]), found["breaking"]


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda path: path.parent.name)
def test_a_spec_differs_from_itself_in_nothing(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = compared(capsys, str(spec), str(spec))
    assert (found["changes"], found["steps"], found["breaking"]) == ([], [], [])


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_order_of_keys_is_looks(spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for code in spec.parent.glob("*.py"):
        shutil.copy(code, tmp_path)
    turned = tmp_path / "pipeline.yaml"
    data = shuffled(read_file(spec, spec.name).data, random.Random(6))
    turned.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
    for name in ("environment.yaml", "environment.toml"):
        if (spec.parent / name).exists():
            shutil.copy(spec.parent / name, tmp_path)
    (found,) = compared(capsys, str(spec), str(turned))
    assert found["changes"]
    assert (found["kinds"], found["steps"], found["breaking"]) == (["cosmetic"], [], [])


def test_exit_codes(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "HEAD", ".", "--exit-code"]) == 0
    assert capsys.readouterr().out == "no difference\n"
    repository.edit(("name: shop", "name: shop  # all of it"))
    assert main(["diff", "HEAD", ".", "--exit-code"]) == 0
    repository.edit(("test: 30d", "test: 31d"))
    assert main(["diff", "HEAD", "."]) == 0
    assert main(["diff", "HEAD", ".", "--exit-code"]) == 5
    repository.edit(("label: returned", "label: retruned"))
    capsys.readouterr()
    assert main(["diff", "HEAD", "."]) == 1
    captured = capsys.readouterr()
    assert "did you mean `returned`" in captured.err
    assert captured.out == "shop/pipeline.yaml: has errors, and is not compared\n"


def test_a_base_with_errors_is_no_reason_to_stop(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.edit(("label: returned", "label: retruned"))
    commit(repository.root)
    repository.spec.write_text(SPEC)
    assert main(["diff", "HEAD", "."]) == 0
    assert capsys.readouterr().out == "shop/pipeline.yaml: had errors, and has none now\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "HEAD"), "there is no file, folder or revision `nowhere`"),
        (("--", "--upload-pack=x", "HEAD", "shop"), "no such revision"),
        (("HEAD", ".", "elsewhere"), "there is no `elsewhere` on either side"),
        (("a" * 300, "."), "there is no file, folder or revision"),
        (("HEAD", ".", "a" * 300), "on either side"),
        (("", "."), "there is no file, folder or revision ``"),
        (("HEAD:/etc", "."), "`/etc` lies outside the repository"),
        (("HEAD", ".", "../../.."), "lies outside the repository"),
        (("HEAD:shop", "shop/pipeline.yaml"), "`shop/pipeline.yaml` is a folder on one side and a file on the other"),
    ],
)
def test_what_is_not_there_is_2(
    arguments: tuple[str, ...], message: str, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_that_one_side_lacks_has_one_above_it(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository.root / "new").mkdir()
    (repository.root / "new" / "other.py").touch()
    commit(repository.root)
    monkeypatch.chdir(repository.root / "new")
    assert main(["diff", "HEAD~1", "HEAD", ".."]) == 0
    assert capsys.readouterr().out == "no difference\n"


def test_a_blank_value_is_shown(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.edit(("kind: plain", "kind: a"))
    commit(repository.root)
    repository.edit(("kind: a", 'kind: ""'))
    assert main(["diff", "HEAD", "."]) == 0
    assert 'a -> ""' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("1", '"1"', '1 -> "1"'),
        ('"true"', "true", '"true" -> true'),
        ("[a]", '"[\\"a\\"]"', '["a"] -> "[\\"a\\"]"'),
        ("a b", '"a  b"', '"a b" -> "a  b"'),
        ("a" * 100 + "b", "a" * 100 + "c", f"…{'a' * 20}b -> …{'a' * 20}c"),
    ],
)
def test_values_that_differ_look_different(
    old: str, new: str, shown: str, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.edit(("kind: plain", f"kind: {old}"))
    commit(repository.root)
    repository.edit((f"kind: {old}", f"kind: {new}"))
    assert main(["diff", "HEAD", "."]) == 0
    assert f"{shown}\n" in capsys.readouterr().out


def test_text_names_cause_and_count(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.edit(("select:", "resources: {memory: 4Gi}\n    select:"))
    repository.edit(("time: placed\n", "time: placed\n    checks: [amount > 0]\n"))
    assert main(["diff", "HEAD", "."]) == 0
    text = capsys.readouterr().out
    assert 'resources   training.returns.resources  added {"memory": "4Gi"}' in text
    assert "sources.orders.checks" in text
    assert "reads sources.orders.checks" in text
