"""A spec as it is typed, cut and mistyped: there is always an answer, and names are offered where one can stand."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mlc_compiler.diagnostics.resolved import resolve
from mlc_compiler.editor.completion import complete
from mlc_compiler.editor.cursor import legible, spot
from mlc_compiler.editor.hover import hover
from mlc_compiler.editor.lens import lenses
from mlc_compiler.editor.session import look

ROOT = Path(__file__).parents[2]
SPECS = (ROOT / "examples/flights/pipeline.yaml", ROOT / "examples/penguins/pipeline.toml")
SCRAPS = (
    "{",
    "[",
    '"',
    "'",
    ":",
    "\n",
    "  ",
    ",",
    "é🛫",
    "\t",
    "&a ",
    "*a",
    "<<: *a",
    "$",
    ".",
    "= ",
    "[[x]]\n",
    "#",
    "|",
    "- ",
)


def _mistyped(text: str, chance: random.Random) -> tuple[str, int]:
    """A text with a mistake, and where it is."""
    at = chance.randrange(len(text))
    rest = chance.choice(("", text[at + chance.randrange(1, 12) :], text[at : at + 40] + text[at:], text[at:]))
    return f"{text[:at]}{chance.choice(SCRAPS)}{rest}", at


def _ask_everything(file: str, text: str, at: int) -> None:
    found = spot(text, at, file)
    if found is not None:
        complete(look(file, {file: found.document.text}), found, at)
    view = look(file, {file: text})
    resolve(view.diagnostics, view.documents)
    document = legible(text, file)
    readable = look(file, {file: document.text}) if document is not None else view
    hover(readable, at)
    lenses(view)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.suffix)
@pytest.mark.parametrize("seed", range(15))
def test_mistakes_have_answers(path: Path, seed: int) -> None:
    _ask_everything(str(path), *_mistyped(path.read_text(encoding="utf-8"), random.Random(seed)))


@pytest.mark.deep
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.suffix)
def test_many_mistakes_have_answers(path: Path) -> None:
    chance = random.Random(0)
    for _ in range(1_000):
        _ask_everything(str(path), *_mistyped(path.read_text(encoding="utf-8"), chance))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.suffix)
def test_a_line_that_is_typed_leads_somewhere(path: Path) -> None:
    """With the rest of its line not yet there, the place is found nearly always where a name or a key can stand."""
    text = path.read_text(encoding="utf-8")
    places = lost = 0
    for at in range(60, len(text), 13):
        typed = text[text.rfind("\n", 0, at) + 1 : at]
        can_stand = typed.rstrip()[-1:].isalpha() or typed.rstrip()[-1:] in set(",:[{(=")
        if can_stand and "#" not in typed and (path.suffix == ".yaml" or "=" in typed):
            places += 1
            lost += spot(text[:at] + text[text.find("\n", at) :], at, str(path)) is None
    assert places > 50
    assert lost <= 0.04 * places
