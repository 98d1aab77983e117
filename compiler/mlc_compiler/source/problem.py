"""What is wrong with a text as a text: the reader's own findings, which `diagnostics` turns into diagnostics."""

from __future__ import annotations

from typing import NamedTuple

Extent = tuple[int, int]
"""A half-open range of a text, in code points."""


class Problem(NamedTuple):
    """One thing wrong with a text.

    Attributes:
        code: the code of the catalogue.
        message: terse, lower-case, names in backticks.
        extent: where it is.
        why: why it matters; may be empty.
        help: how to mend it.
        related: other ranges that take part, each with what it has to do with the problem.
        replacement: text that may replace `extent` and mends it for certain.
    """

    code: str
    message: str
    extent: Extent
    why: str = ""
    help: str = ""
    related: tuple[tuple[Extent, str], ...] = ()
    replacement: str | None = None


class UnreadableError(Exception):
    """Reading cannot go on past a problem. Caught by `read`, never seen outside this package."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
