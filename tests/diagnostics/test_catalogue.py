"""Pages, catalogue and tests/err hold together."""

from pathlib import Path

import pytest

from mlc_compiler.diagnostics.catalogue import Sample, codes, page
from mlc_compiler.source.read import read

ERR = Path(__file__).parent.parent / "err"
READING = [code for code in codes() if code.startswith("MLC0")]

# What a path or a file's name does wrong, no file in tests/err can show.
NO_FILE = {"MLC001"}


def found(sample: Sample) -> set[str]:
    return {problem.code for problem in read(sample.text.encode(), f"sample.{sample.language}").problems}


@pytest.mark.parametrize("code", codes())
def test_a_page_shows_how_it_is_done(code: str) -> None:
    explained = page(code)
    assert explained.bad
    assert len(explained.bad) == len(explained.good)
    assert explained.entry.title[0].islower() or explained.entry.title.split()[0].isupper()
    assert explained.text.startswith("## What")


@pytest.mark.parametrize("code", READING)
def test_bad_is_bad_and_good_is_good(code: str) -> None:
    for sample in page(code).bad:
        assert sample.language == "text" or found(sample) == {code}
    for sample in page(code).good:
        assert sample.language == "text" or found(sample) == set()


@pytest.mark.parametrize("code", READING)
def test_every_code_has_an_err_pair(code: str) -> None:
    assert code in NO_FILE or list(ERR.glob(f"{code}-*"))


def test_every_err_pair_is_of_a_code() -> None:
    assert {path.name.split("-")[0] for path in ERR.iterdir()} <= set(codes())


@pytest.mark.parametrize("code", ["MLC000", "MLC7", "../MLC001", "mlc001", ""])
def test_an_unknown_code_has_no_page(code: str) -> None:
    with pytest.raises(KeyError):
        page(code)
