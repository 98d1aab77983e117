"""The canonical form of whole pipelines: however they are written, the keys are the same before and after."""

import random
from pathlib import Path

import pytest
import tomlkit
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.specs import EXAMPLES

from mlc_compiler.check.check import check
from mlc_compiler.check.entries import Entries, File
from mlc_compiler.graph.build import build
from mlc_compiler.source.document import Document
from mlc_compiler.source.format import format_document
from mlc_compiler.source.read import read, read_file
from mlc_compiler.spec.load import load_spec


def keys(document: Document) -> dict[str, str]:
    """The static keys of the steps, by name."""
    program, _ = check(Entries((File("", load_spec(document)),)))
    return dict(build(program).static_keys)


def rewritten(path: Path, form: str, flow: bool | None, width: int, seed: int) -> Document:
    """A pipeline as somebody else would write it: in either language, its sections shuffled, comments strewn in."""
    data = read_file(path, path.name).data
    assert data is not None
    order = list(data)
    random.Random(seed).shuffle(order)
    shuffled = {name: data[name] for name in order}
    if form == "toml":
        text = tomlkit.dumps(dict(sorted(shuffled.items(), key=lambda item: isinstance(item[1], dict))))
    else:
        text = yaml.safe_dump(shuffled, default_flow_style=flow, width=width, sort_keys=False, allow_unicode=True)
    lines = text.splitlines()
    for number in range(0, len(lines), 7):
        if lines[number][:1].isalpha() and not lines[number].endswith(("[", ",", "{")):
            lines[number] = f"# note {number}\n{lines[number]}"
    document = read("\n".join(lines).encode(), f"pipeline.{form}")
    assert document.problems == ()
    return document


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
@settings(max_examples=8)
@given(
    form=st.sampled_from(["yaml", "toml"]),
    flow=st.sampled_from([None, True, False]),
    width=st.sampled_from([40, 120]),
    seed=st.integers(0, 1000),
)
def test_keys_are_the_same_before_and_after(path: Path, form: str, flow: bool | None, width: int, seed: int) -> None:
    document = rewritten(path, form, flow, width, seed)
    text = format_document(document)
    after = read(text.encode(), document.file)
    assert keys(after) == keys(document) == keys(read_file(path, path.name))
    assert format_document(after) == text
    assert text.count("# note") == document.text.count("# note")
