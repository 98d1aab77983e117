"""The user code that a call reaches: which files, which libraries, and what of them counts."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_compiler.plan.code import Closure, closure
from mlc_runtime.code import significant


def write(root: Path, **files: str) -> None:
    """Write modules, `_` in a name for a folder."""
    for name, text in files.items():
        path = root / (name.replace("__init", "INIT").replace("_", "/").replace("INIT", "/__init__") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def files(found: Closure) -> list[str]:
    """The files of a closure."""
    return [name for name, _ in found.files]


@pytest.mark.parametrize(
    "text",
    [
        "import b",
        "import b as c",
        "from b import x",
        "from b import *",
        "def f():\n    import b",
        "if True:\n    from b import x as y",
        "import importlib\nimportlib.import_module('b')",
        "__import__('b')",
    ],
)
def test_every_form_of_import_is_followed(tmp_path: Path, text: str) -> None:
    write(tmp_path, a=text, b="import c", c="", d="")
    assert files(closure(["a"], tmp_path)) == ["a.py", "b.py", "c.py"]


def test_packages_and_relative_imports(tmp_path: Path) -> None:
    write(
        tmp_path,
        p__init="from p.q import deep",
        p_a="from . import b\nfrom .q import c\nfrom .. import nothing",
        p_b="",
    )
    write(tmp_path, p_q__init="", p_q_c="from ..b import x", p_q_deep="", p_unread="")
    assert files(closure(["p.a"], tmp_path)) == [
        "p/__init__.py", "p/a.py", "p/b.py", "p/q/__init__.py", "p/q/c.py", "p/q/deep.py",
    ]  # fmt: skip


def test_folders_without_init_are_packages_too(tmp_path: Path) -> None:
    write(tmp_path, p_a="from p import b", p_b="")
    assert files(closure(["p.a"], tmp_path)) == ["p/a.py", "p/b.py"]


def test_circles_end(tmp_path: Path) -> None:
    write(tmp_path, a="import b", b="import a")
    assert files(closure(["a"], tmp_path)) == ["a.py", "b.py"]


def test_libraries_are_named_and_the_standard_one_is_not(tmp_path: Path) -> None:
    write(tmp_path, a="import os, json.decoder\nimport numpy.linalg\nfrom sklearn import tree\nimport b", b="")
    found = closure(["a", "xgboost.sklearn"], tmp_path)
    assert found.libraries == ("numpy", "sklearn", "xgboost")


def test_computed_imports_take_the_package_and_are_told(tmp_path: Path) -> None:
    write(
        tmp_path, p__init="", p_a="import importlib\n\nimportlib.import_module('p.' + 'b')", p_b="", p_q_c="", other=""
    )
    found = closure(["p.a"], tmp_path)
    assert found.unresolved == (("p/a.py", 3),)
    assert files(found) == ["p/__init__.py", "p/a.py", "p/b.py", "p/q/c.py"]


def test_virtual_environments_and_hidden_folders_are_nobodys_code(tmp_path: Path) -> None:
    write(tmp_path, a="def f(name):\n    return __import__(name)", b="", env_lib_c="")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "d.py").touch()
    assert files(closure(["a"], tmp_path)) == ["a.py", "b.py"]


def test_links_lead_nowhere_twice_and_not_out(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    write(root, a="def f(name):\n    return __import__(name)", b="", q_c="")
    (root / ".git").mkdir()
    for name in ("one", "two"):
        (root / name).symlink_to(".")
        (root / "q" / name).symlink_to("..")
    (root / "out").symlink_to("/")
    found = closure(["a"], root)
    assert files(found) == ["a.py", "b.py", "q/c.py"]
    assert found.outside == ("out",)


def test_what_cannot_be_read_counts_as_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a="import b", b="import c", c="")
    opened = Path.open

    def denied(path: Path, *given: Any, **named: Any) -> Any:
        if path.name == "b.py":
            raise PermissionError(13, "Permission denied")
        return opened(path, *given, **named)

    monkeypatch.setattr(Path, "open", denied)
    assert files(closure(["a"], tmp_path)) == ["a.py", "b.py"]


def test_computed_imports_are_a_warning(workshop: Any) -> None:
    workshop.write({"code.py": "def f(name):\n    return __import__(name)\n"})
    compiled = workshop.compile("mlc: 1\nname: t\nsteps: {f: {use: 'code:f'}, g: {use: 'code:f'}}\n")
    (warning,) = compiled.diagnostics
    assert (warning.code, warning.severity, warning.place.path) == ("MLC902", "warning", ("steps", "f"))
    assert "`code.py`, line 2" in warning.message


def test_a_broken_file_counts_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, a="def f(:\n    import b", b="")
    found = closure(["a"], tmp_path)
    assert files(found) == ["a.py"]
    (tmp_path / "a.py").write_bytes(b"x = '\xff'\n")
    assert closure(["a"], tmp_path).fingerprint != found.fingerprint


def test_what_is_nowhere_is_a_library(tmp_path: Path) -> None:
    assert closure(["nowhere"], tmp_path) == Closure((), ("nowhere",))
    assert closure(["nowhere"], tmp_path).fingerprint == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1\n", "# why\nx = 1  # here\n\n\n"),
        ("def f():\n    return 1\n", "def f():\n\n    # inside\n    return 1\n"),
        ("x = [\n    1,\n]\n", "x = [\n    # first\n\n    1,  # one\n]\n"),
        ("x = 1\n", "x = 1\r\n"),
        ("x = 1\n", "\ufeffx = 1\n"),
        ("x = 1", "x = 1\n"),
    ],
)
def test_comments_blank_lines_and_line_ends_do_not_count(one: str, other: str) -> None:
    assert significant(one.encode()) == significant(other.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = '# a'\n", "x = '# b'\n"),
        ("x = '''\na\n'''\n", "x = '''\n\na\n'''\n"),
        ("x = '''\n# a\n'''\n", "x = '''\n'''\n"),
        ("x = '''a  # b\n'''\n", "x = '''a\n'''\n"),
        ("if x:\n    y\nz\n", "if x:\n    y\n    z\n"),
        ("x = 'a \\\n# b'\n", "x = 'a \\\n'\n"),
    ],
)
def test_what_is_in_a_string_or_changes_meaning_counts(one: str, other: str) -> None:
    assert significant(one.encode()) != significant(other.encode())


def test_another_encoding_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes("# coding: latin-1\nimport b\nx = 'é'\n".encode("latin-1"))
    (tmp_path / "b.py").write_text("")
    assert files(closure(["a"], tmp_path)) == ["a.py", "b.py"]


@given(
    st.lists(
        st.sampled_from(["x = 1", "def f():\n    return '#'", "y = '''\n# kept\n\n'''", "if x:\n    y = 2"]), max_size=5
    )
)
def test_comments_between_statements_never_count(statements: list[str]) -> None:
    plain = "\n".join(statements)
    noted = "\n".join(f"# note\n\n{statement}  # end\n" for statement in statements)
    assert significant(plain.encode()) == significant(noted.encode())
