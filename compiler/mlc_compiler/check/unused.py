"""What is declared and that nobody reads: harmless, and seldom meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings

_WORD = re.compile(r"\$?[a-z][a-z0-9_]*", re.ASCII)


def check_unused(_: Program, entries: Entries, findings: Findings) -> None:
    """Warn of parameters, sources, feature groups and examples whose names stand nowhere else in the spec.

    A name that is also a word somewhere else counts as read. A spec that trains and runs nothing is there for others
    to include, and a source with checks is there to be checked.
    """
    spec = entries.spec
    if not (spec.training or spec.steps):
        return
    data = entries.main.loaded.data
    everywhere = Counter(_words(data))
    for section in ("parameters", "sources", "features", "examples"):
        for name in getattr(spec, section):
            if section == "sources" and spec.sources[name].checks:
                continue
            word = f"${name}" if section == "parameters" else name
            entry = Counter(_words({name: data[section][name]}))
            if everywhere[word] == entry[word]:
                findings.add(
                    "MLC209",
                    f"nothing reads `{word}`",
                    entries.main.place(section, name).key(),
                    help="take it out, or use it",
                    warning=True,
                )


def _words(data: Any) -> Iterator[str]:
    """All words of some data, keys included, as often as they stand there."""
    match data:
        case dict():
            for key, value in data.items():
                yield from _WORD.findall(str(key))
                yield from _words(value)
        case list():
            for item in data:
                yield from _words(item)
        case str():
            yield from _WORD.findall(data)
