"""The pages of the rule of time: what is bad gives the code and no other, what is good gives none."""

from pathlib import Path

import pytest

from mlc_compiler.diagnostics.catalogue import Sample, codes, page
from mlc_compiler.driver import check_file

CODES = [code for code in codes() if code.startswith("MLC4") or code in {"MLC550", "MLC551"}]


def found(sample: Sample, folder: Path) -> set[tuple[str, str]]:
    path = folder / f"p.{sample.language}"
    path.write_text(sample.text)
    return {(diagnostic.code, diagnostic.severity) for diagnostic in check_file(path).diagnostics}


@pytest.mark.parametrize("code", CODES)
def test_bad_is_bad_and_good_is_good(code: str, tmp_path: Path) -> None:
    explained = page(code)
    for sample in explained.bad:
        assert found(sample, tmp_path) == {(code, explained.entry.severity)}
    for sample in explained.good:
        assert found(sample, tmp_path) == set()
