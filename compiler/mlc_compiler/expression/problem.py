"""A finding inside one expression, before it has a place in a document."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Problem(NamedTuple):
    """What is wrong with the characters `start <= i < end` of an expression's text.

    The fields are those of a `Diagnostic`; the caller turns `start` and `end` into a place with `Place.within`.
    `replacement` is what was probably meant in place of those characters.
    """

    start: int
    end: int
    code: str
    message: str
    why: str = ""
    help: str = ""
    replacement: str = ""


class SyntaxProblem(Exception):  # noqa: N818 - it carries a finding to the parser's entry point and goes no further
    """Stops a parser at the first place where the text makes no sense."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; empty where nothing is near."""
    folded = {k.lower(): k for k in sorted(known, reverse=True)}
    near = get_close_matches(name.lower(), list(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else ""


def did_you_mean(name: str) -> str:
    """A help text that offers a name; empty where there is none."""
    return f"did you mean `{name}`?" if name else ""
