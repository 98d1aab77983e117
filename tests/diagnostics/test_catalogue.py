"""Pages, catalogue, code and tests/err hold together."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import mlc_argo
import mlc_compiler
import mlc_containers
import mlc_local
import mlc_runtime
import mlc_stepfunctions
from mlc_compiler.diagnostics.catalogue import Sample, codes, page
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.driver import check_environment, check_file
from mlc_compiler.source.read import read

ERR = Path(__file__).parent.parent / "err"
SOURCES = [
    file
    for package in (mlc_compiler, mlc_runtime, mlc_argo, mlc_containers, mlc_local, mlc_stepfunctions)
    for file in Path(package.__path__[0]).rglob("*.py")
]
FOUND_BEFORE_A_RUN = [code for code in codes() if not code.startswith("MLC9")]
FOUND_BY_A_TARGET = [code for code in codes() if "MLC711" <= code <= "MLC799"]

# What a path or a file's name does wrong, or an environment about a spec, no file in tests/err can show; nor what
# `argo`, by which files are tried, does and other targets may not.
NO_FILE = {"MLC001", "MLC706", "MLC719"}
ENVIRONMENT = re.compile(r"^(connections|pools|secrets|overrides)\b", re.MULTILINE)
WHOLE = re.compile(r"^mlc\b", re.MULTILINE)


def found(sample: Sample, folder: Path) -> set[tuple[str, str]]:
    """What is found in a sample: an environment, a spec, some sections of one, or just some lines of text."""
    path = folder / f"sample.{sample.language}"
    text = sample.text
    if ENVIRONMENT.search(text):
        path.write_text(text, encoding="utf-8")
        return severities(check_environment(path)[1])
    if not WHOLE.search(text):
        text = f"mlc: 1\nname: sample\n{text}"
    path.write_text(text, encoding="utf-8")
    checked = check_file(path)
    return severities([*checked.diagnostics, *check_environment(None, [checked])[1]])


def seen(code: str, sample: Sample, folder: Path) -> set[tuple[str, str]]:
    """What counts for a page: one about shape leaves out other sections, and most leave out the environment."""
    last = "MLC199" if code.startswith("MLC1") else "MLC702" if code < "MLC703" else "MLC899"
    return {(each, severity) for each, severity in found(sample, folder) if each <= last}


def problems(sample: Sample) -> set[tuple[str, str]]:
    """What is wrong with a sample's text, whatever it says."""
    document = read(sample.text.encode(), f"sample.{sample.language}")
    return {(problem.code, "error") for problem in document.problems}


def severities(diagnostics: Iterable[Diagnostic]) -> set[tuple[str, str]]:
    return {(diagnostic.code, diagnostic.severity) for diagnostic in diagnostics}


@pytest.mark.parametrize("code", codes())
def test_a_page_shows_how_it_is_done(code: str) -> None:
    explained = page(code)
    assert explained.bad
    assert len(explained.bad) == len(explained.good)
    assert explained.entry.title[0].islower() or explained.entry.title.split()[0].isupper()
    assert explained.text.startswith("## What")


@pytest.mark.parametrize("code", FOUND_BEFORE_A_RUN)
def test_bad_is_bad_and_good_is_good(code: str, tmp_path: Path, suited: Callable[[Path, str], Any]) -> None:
    explained = page(code)
    for samples, expected in ((explained.bad, {(code, explained.entry.severity)}), (explained.good, set())):
        for sample in samples:
            if sample.language != "text" and code in FOUND_BY_A_TARGET:
                path = tmp_path / f"sample.{sample.language}"
                path.write_text(sample.text, encoding="utf-8")
                assert {found for found in severities(suited(path, code)[0]) if found[0] >= "MLC7"} == expected
            elif sample.language != "text":
                assert (problems(sample) if code.startswith("MLC0") else seen(code, sample, tmp_path)) == expected


@pytest.mark.parametrize("code", FOUND_BEFORE_A_RUN)
def test_every_code_has_an_err_pair(code: str) -> None:
    assert code in NO_FILE or list(ERR.glob(f"{code}-*"))


def test_every_err_pair_is_of_a_code() -> None:
    assert {path.name.split("-")[0] for path in ERR.iterdir()} <= set(codes())


def test_every_code_that_is_used_has_a_page() -> None:
    used = {code for file in SOURCES for code in re.findall(r'"(MLC[0-9]{3})"', file.read_text(encoding="utf-8"))}
    assert used == set(codes())


@pytest.mark.parametrize("code", ["MLC000", "MLC7", "../MLC001", "mlc001", ""])
def test_an_unknown_code_has_no_page(code: str) -> None:
    with pytest.raises(KeyError):
        page(code)
