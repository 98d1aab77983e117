"""Files as such."""

from pathlib import Path

import pytest

from mlc_compiler.source.read import read, read_file


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    document = read_file(tmp_path / "none.yaml", "none.yaml")
    assert document.data is None
    assert [problem.code for problem in document.problems] == ["MLC001"]


def test_a_folder_is_a_problem(tmp_path: Path) -> None:
    assert [problem.code for problem in read_file(tmp_path, "folder").problems] == ["MLC001"]


def test_the_suffix_says_the_format(tmp_path: Path) -> None:
    for name in ("a.yaml", "a.yml", "a.YAML"):
        assert read(b"a: 1", name).data == {"a": 1}
    assert read(b"a = 1", "a.toml").data == {"a": 1}
    assert [problem.code for problem in read(b"{}", "a.json").problems] == ["MLC015"]


def test_the_shown_name_is_the_only_name(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("a: 1\n")
    document = read_file(path, "shown.yaml")
    assert document.file == "shown.yaml"
    assert str(tmp_path) not in repr(document)


@pytest.mark.parametrize(
    ("raw", "name"), [(b"a: 1\n  b: @", "s.yaml"), (b"a = 1\na = 2\nb", "s.toml"), (b"\xff", "s.yaml"), (b"", "s.toml")]
)
def test_a_problem_is_at_a_place_of_the_text(raw: bytes, name: str) -> None:
    document = read(raw, name)
    assert document.problems
    for problem in document.problems:
        start, end = problem.extent
        assert 0 <= start <= end <= len(document.text)


def test_the_first_hundred_problems_are_enough() -> None:
    for text, name in (("a: 1\n" * 1000, "s.yaml"), ("a = 1\n" * 1000, "s.toml")):
        problems = read(text.encode(), name).problems
        assert len(problems) == 100
        assert problems[0].extent < problems[-1].extent
