"""Every code of a diagnostic: its title, its severity, and the page that explains it.

The pages under `pages/` are the catalogue: a code exists because its page does. They are read when they are asked
for, never while checking a spec.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from mlc_compiler.diagnostics.diagnostic import Severity

_PAGE: Final = re.compile(
    r"---\ntitle: (?P<title>[^\n]+)\nseverity: (?P<severity>error|warning)\n---\n"
    r"\n## What\n\n(?P<what>.+?)\n"
    r"\n## Why\n\n(?P<why>.+?)\n"
    r"\n## Bad\n\n(?P<bad>.+?)\n"
    r"\n## Good\n\n(?P<good>.+?)\n",
    re.DOTALL,
)
_FENCE: Final = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the catalogue.

    Attributes:
        code: such as `MLC007`.
        title: what is wrong, in a few words, lower-case.
        severity: of every diagnostic with this code, unless a rule of the spec softens it.
    """

    code: str
    title: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Sample:
    """A fenced text of a page, and the language that it is marked with."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """The page of a code.

    Attributes:
        entry: its line in the catalogue.
        what: what the code means, as Markdown.
        why: why it matters, as Markdown.
        bad: texts that give the code.
        good: the same texts, mended.
        text: the whole page without its front matter, as Markdown.
    """

    entry: Code
    what: str
    why: str
    bad: tuple[Sample, ...]
    good: tuple[Sample, ...]
    text: str


@cache
def codes() -> Mapping[str, Code]:
    """Every code, in order."""
    names = sorted(file.name.removesuffix(".md") for file in _folder().iterdir() if file.name.endswith(".md"))
    return MappingProxyType({name: page(name).entry for name in names})


@cache
def page(code: str) -> Page:
    """The page of a code.

    Raises:
        KeyError: there is no such code.
        ValueError: its page has another form than the catalogue's.
    """
    file = _folder() / f"{code}.md"
    if not re.fullmatch(r"MLC[0-9]{3}", code) or not file.is_file():
        raise KeyError(code)
    written = file.read_text(encoding="utf-8")
    found = _PAGE.fullmatch(written)
    if found is None:
        raise ValueError(f"{code}.md: expected front matter, then the sections What, Why, Bad and Good")
    severity: Severity = "error" if found["severity"] == "error" else "warning"
    return Page(
        Code(code, found["title"], severity),
        found["what"],
        found["why"],
        _samples(found["bad"]),
        _samples(found["good"]),
        written.split("---\n", 2)[2].lstrip(),
    )


def _samples(section: str) -> tuple[Sample, ...]:
    return tuple(Sample(fence["language"], fence["text"]) for fence in _FENCE.finditer(section))


def _folder() -> Traversable:
    return files(__package__) / "pages"
