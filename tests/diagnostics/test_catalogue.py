"""Pages, catalogue and tests/err hold together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mlc_compiler.diagnostics.catalogue import Sample, codes, page
from mlc_compiler.source.read import read
from mlc_compiler.spec.load import load_environment, load_spec

ERR = Path(__file__).parent.parent / "err"
ONE_FILE = [code for code in codes() if code.startswith(("MLC0", "MLC1")) or code in {"MLC701", "MLC702"}]
"""What takes one file and no other stage than reading and loading to find."""

# What a path or a file's name does wrong, no file in tests/err can show.
NO_FILE = {"MLC001"}


def found(sample: Sample) -> set[str]:
    document = read(sample.text.encode(), f"sample.{sample.language}")
    if document.problems or document.data is None or not _is_whole(document.data):
        return {problem.code for problem in document.problems}
    load = load_spec if "mlc" in document.data else load_environment
    return {diagnostic.code for diagnostic in load(document).diagnostics}


def _is_whole(data: Mapping[str, Any]) -> bool:
    """Whether a sample is a document, and not some lines of one."""
    return "mlc" in data or "connections" in data


@pytest.mark.parametrize("code", codes())
def test_a_page_shows_how_it_is_done(code: str) -> None:
    explained = page(code)
    assert explained.bad
    assert len(explained.bad) == len(explained.good)
    assert explained.entry.title[0].islower() or explained.entry.title.split()[0].isupper()
    assert explained.text.startswith("## What")


@pytest.mark.parametrize("code", ONE_FILE)
def test_bad_is_bad_and_good_is_good(code: str) -> None:
    for sample in page(code).bad:
        assert sample.language == "text" or found(sample) == {code}
    for sample in page(code).good:
        assert sample.language == "text" or found(sample) == set()


@pytest.mark.parametrize("code", ONE_FILE)
def test_every_code_has_an_err_pair(code: str) -> None:
    assert code in NO_FILE or list(ERR.glob(f"{code}-*"))


def test_every_err_pair_is_of_a_code() -> None:
    assert {path.name.split("-")[0] for path in ERR.iterdir()} <= set(codes())


@pytest.mark.parametrize("code", ["MLC000", "MLC7", "../MLC001", "mlc001", ""])
def test_an_unknown_code_has_no_page(code: str) -> None:
    with pytest.raises(KeyError):
        page(code)
