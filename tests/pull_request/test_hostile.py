"""Pull requests of people who mean harm: checked and compared with network, programs and their code shut out."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.repository import Repository, git
from tests.shop import SPEC

from mlc_compiler.cli.main import main

GUARD = Path(__file__).parent / "guard.py"
CANARY = "canary-3f9c"
"""Stands in files outside the repository, and in a secret of the environment."""

ODD = "a\n::error::b%0A`c`<img src=x onerror=d>@everyone|[e](https://example.org) \x1b[31m\u202ef ${{ g }} {{ h }}"
QUOTED = json.dumps(ODD)
EVIL = """import pathlib
pathlib.Path(__file__).with_name("pwned").touch()
def fit(train, validation, context, **settings):
    return None
"""

SOURCE = "mlc: 1\nname: shop\nsources: {a: {read: x.csv, columns: {a: int}, "
VALIDATE = [["validate", ".", "--format", form] for form in ("text", "github", "sarif", "json")]
DIFF = [["diff", "HEAD", ".", "--format", form] for form in ("text", "markdown", "json")]
COMMANDS = [*VALIDATE, *DIFF, ["fmt", "--check", "shop/pipeline.yaml"]]


class Result(NamedTuple):
    """What the commands did: exit codes, standard output and error, and what they must not have done."""

    codes: list[int]
    out: list[str]
    err: list[str]
    notes: str

    @property
    def all(self) -> str:
        return "".join((*self.out, *self.err))


def checked(repository: Repository, commands: list[list[str]] = COMMANDS) -> Result:
    folder = repository.root.parent / "notes"
    folder.mkdir()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(Path(part).resolve()) for part in sys.path if part),
        "SHOP_PASSWORD": CANARY,
    }
    ran = subprocess.run(
        [sys.executable, str(GUARD), str(folder / "notes"), str(repository.root), json.dumps(commands)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    out, err = ([(folder / f"{name}{n}").read_text() for n in range(len(commands))] for name in ("out", "err"))
    return Result(json.loads(ran.stdout), out, err, (folder / "notes").read_text())


def harmless(repository: Repository, result: Result) -> None:
    assert result.notes == ""
    assert set(result.codes) <= {0, 1, 2, 5}
    assert "Traceback" not in result.all
    assert CANARY not in result.all
    assert not list(repository.root.rglob("pwned"))
    annotations = result.out[1].splitlines()
    assert all(re.match(r"::(error|warning) file=[^:]*,line=\d+,[^:]*::", line) for line in annotations)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", result.all)
    if len(result.out) > 5:
        plain = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", result.out[5])
        assert not re.search(r"<(?!=|/?(details|summary|sub)>)|@everyone|\]\(|\$\{\{", plain), plain


def test_code_is_read_and_never_run(repository: Repository) -> None:
    """Modules that shadow libraries, hooks of Python and of tests, functions that do things when they are imported."""
    names = ("functions", "yaml", "pydantic", "sqlglot", "sitecustomize", "usercustomize", "conftest", "mlc_runtime")
    for name in names:
        repository.write(f"{name}.py", EVIL)
        repository.write(f"shop/{name}.py", EVIL)
    repository.write("mlc_compiler/__init__.py", EVIL)
    repository.edit(("[1, 2]", "[1, 2, 3]"), ('{use: "functions:fit"', '{use: "os:system"'))
    result = checked(repository)
    harmless(repository, result)
    assert result.codes[:7] == [0, 0, 0, 0, 0, 0, 0]


def test_commands_in_every_string_are_strings(repository: Repository) -> None:
    repository.edit(
        ("name: shop\n", f"name: shop\ndescription: {QUOTED}\n"),
        ("with: {kind: plain}", f"with: {{kind: {QUOTED}, $(touch pwned): '`touch pwned`'}}"),
        ("[AT, CH, DE]", f"[AT, {QUOTED}, '$(touch pwned)']"),
        ("write: predictions/returns", "write: ../../predictions/$(touch pwned)/returns"),
        ("read: data/orders.parquet", "read: /etc/passwd"),
    )
    result = checked(repository)
    harmless(repository, result)
    assert result.codes[5] == 0
    assert "onerror" in result.out[5]


@pytest.mark.parametrize(
    "text",
    [
        f"mlc: 1\n{QUOTED}: 1\n",
        f"mlc: 1\nname: {QUOTED}\n",
        f"mlc: 1\nname: shop\nsources: {{{QUOTED}: {{read: x.csv, columns: {{a: {QUOTED}}}}}}}\n",
        SOURCE + f"{QUOTED}: 1}}}}\n",
        SOURCE + f"checks: [{QUOTED}]}}}}\n",
        "mlc: 1\nname: !!python/object/apply:os.system ['touch pwned']\n",
        "mlc: 1\nname: shop\nsources: {a: {sql: \"copy (select 1) to 'pwned'\"}}\n",
        "mlc: 1\nname: shop\nsources: {a: {sql: \"select * from read_csv('/etc/passwd')\"}}\n",
        SOURCE + "checks: [\"getenv('SHOP_PASSWORD') = a\"]}}\n",
        "mlc: 1\nname: shop\nexperiments: {a: {where: \"{{ lipsum.__globals__.os.system('touch pwned') }}\"}}\n",
        "mlc: 1\nname: shop\nname: \x00\n",
    ],
)
def test_hostile_text_in_findings_is_shown_as_text(text: str, repository: Repository) -> None:
    repository.write("shop/pipeline.yaml", text)
    result = checked(repository, VALIDATE)
    harmless(repository, result)
    assert result.codes == [1, 1, 1, 1]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SPEC + BOMB, id="aliases"),
        pytest.param(SPEC + f"deep: {'[' * 5_000}{']' * 5_000}\n", id="deep"),
        pytest.param(SPEC + f"# {'x' * 5_000_000}\n", id="large"),
        pytest.param(SPEC.replace("label: returned", f"label: {'(' * 4_000}returned{')' * 4_000}"), id="parentheses"),
        pytest.param(SPEC.replace("label: returned", f"label: {' and '.join(['returned'] * 900)}"), id="chain"),
        pytest.param(SPEC.replace("[1, 2]", "{from: 1, to: 1000000000, step: 1}"), id="settings"),
        pytest.param(SPEC.replace("    select:", "    search: {random: 1000000000}\n    select:"), id="draws"),
        pytest.param(
            SPEC.replace(
                "{depth: [1, 2], rate: {from: 0.1, to: 1.0, count: 50}}",
                "[" + ", ".join(f"{{a{n}: [1, 2], b: [{n}]}}" for n in range(150)) + "]",
            ),
            id="sub-grids",
        ),
    ],
)
def test_what_is_too_much_is_refused_or_borne(text: str, repository: Repository) -> None:
    repository.write("shop/pipeline.yaml", text)
    harmless(repository, checked(repository, [*VALIDATE, *DIFF]))


def outside(repository: Repository, name: str, text: str) -> Path:
    path: Path = repository.root.parent / "outside" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace("shop", CANARY))
    return path


def test_no_link_and_no_path_leads_out_of_the_repository(repository: Repository) -> None:
    shop = repository.root / "shop"
    (shop / "pipeline.yaml").unlink()
    (shop / "pipeline.yaml").symlink_to(outside(repository, "pipeline.yaml", SPEC + "shop: 1\n"))
    (shop / "environment.yaml").symlink_to(outside(repository, "environment.yaml", "shop: 1\n"))
    (repository.root / "folder").symlink_to(repository.root.parent / "outside")
    functions = outside(repository, "functions.py", "def shop(): pass\n")
    (shop / "functions.py").unlink()
    (shop / "functions.py").symlink_to(functions)
    repository.write(
        "shop/second.yaml", SPEC.replace("name: shop", "name: second") + "include: {up: ../../outside/pipeline.yaml}\n"
    )
    repository.write("shop/third.yaml", SPEC.replace("name: shop", f"name: third\ninclude: {{up: {functions}}}"))
    repository.write("shop/fourth.yaml", SPEC.replace("name: shop", "name: fourth\ninclude: {up: linked.yaml}"))
    (shop / "linked.yaml").symlink_to(repository.root.parent / "outside" / "pipeline.yaml")
    named = [["validate", name, "--format", "github"] for name in ("shop/pipeline.yaml", "folder/pipeline.yaml")]
    result = checked(repository, [*VALIDATE, *DIFF, *named, ["fmt", "shop/pipeline.yaml"]])
    harmless(repository, result)
    assert all("leads out of the repository" in out for out in result.out[7:9])
    assert functions.parent.joinpath("pipeline.yaml").read_text() == (SPEC + "shop: 1\n").replace("shop", CANARY)


def test_a_secret_is_named_and_never_read(repository: Repository) -> None:
    repository.write(
        "shop/environment.yaml",
        "connections: {warehouse: {type: postgres, host: 127.0.0.1, database: shop, user: shop, password: pass}}\n"
        "secrets: {pass: {env: SHOP_PASSWORD}}\n",
    )
    repository.edit(("read: data/orders.parquet", "read: {connection: warehouse, table: public.orders}"))
    result = checked(repository)
    harmless(repository, result)
    assert result.codes[:4] == [0, 0, 0, 0]


def test_attributes_and_hooks_of_the_repository_are_not_heeded(repository: Repository) -> None:
    repository.write(".gitattributes", "*.yaml filter=evil diff=evil text eol=crlf export-subst\n")
    for key, value in (("filter.evil.smudge", "touch pwned"), ("diff.evil.textconv", "touch pwned")):
        git(repository.root, "config", key, value)
    git(repository.root, "config", "core.fsmonitor", "touch pwned; false")
    repository.edit(("[1, 2]", "[1, 2, 3]"))
    result = checked(repository, [*VALIDATE, *DIFF])
    harmless(repository, result)
    assert "training.returns.grid.depth" in result.out[5]


def test_names_of_files_are_text_too(repository: Repository) -> None:
    name = "shop/a\n::error::b##[error]\x1b[31m.yaml"
    repository.write(name, SPEC)
    result = checked(repository, [*VALIDATE, *DIFF, ["fmt", "--check", "shop"], ["migrate", "--check", "shop"]])
    harmless(repository, result)
    assert set(result.codes) <= {0, 5}
    assert not any(line.lstrip().startswith("::") for line in result.all.splitlines())


def test_a_name_that_is_no_text_is_a_name(repository: Repository) -> None:
    (repository.root / "shop" / os.fsdecode(b"\xff.yaml")).write_text(f"{SPEC}odd: 1\n")
    result = checked(repository, [*VALIDATE, *DIFF])
    harmless(repository, result)
    assert result.codes == [1] * 7
    (place,) = json.loads(result.out[2])["runs"][0]["results"][0]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "shop/%FF.yaml"


def test_files_that_cannot_be_read_or_written_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = tmp_path / "pipeline.yaml"
    closed.write_text("name: shop\nmlc: 0\n")

    opened = Path.open

    def denied(path: Path, *given: Any, **named: Any) -> Any:
        if path != closed:
            return opened(path, *given, **named)
        raise PermissionError(13, "Permission denied", str(path))

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refused)
        for command in ("fmt", "migrate"):
            assert main([command, str(tmp_path)]) == 1
            assert capsys.readouterr().err == f"cannot write `{closed}`: Permission denied\n"
    monkeypatch.setattr(Path, "open", denied)
    assert main(["validate", str(tmp_path)]) == 1
    assert "permission denied" in capsys.readouterr().err


LONG = "a" * 300


@pytest.mark.parametrize(
    ("old", "new"),
    [("sources:\n", f"include: {{more: {LONG}.yaml}}\nsources:\n"), ("functions:fit", f"functions.{LONG}:fit")],
)
def test_a_name_that_is_too_long_names_nothing(old: str, new: str, repository: Repository) -> None:
    repository.edit((old, new))
    result = checked(repository, [*VALIDATE, *DIFF])
    harmless(repository, result)


def test_a_folder_named_that_is_a_link_out_is_not_walked(repository: Repository) -> None:
    (repository.root / "pipelines").symlink_to("/proc")
    result = checked(repository, [["validate", "pipelines", "--format", "github"]])
    harmless(repository, result._replace(out=["", result.out[0]]))
    assert result.codes[0] == 1
    assert "a link leads out of the repository" in result.out[0]
