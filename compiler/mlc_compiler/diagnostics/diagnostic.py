"""The model of one finding; data only, so that text, JSON, SARIF and an editor all render the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from mlc_compiler.source.place import Place

Severity = Literal["error", "warning"]


class Related(NamedTuple):
    """Another place that takes part in the finding, with what it has to do with it."""

    place: Place
    message: str


class Edit(NamedTuple):
    """A replacement of the text at `place` (a value, or a key)."""

    place: Place
    text: str


class Fix(NamedTuple):
    """A change that would mend the finding, safe to apply without thinking."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. One cause gives one diagnostic.

    Attributes:
        code: a stable code of the catalogue, such as `MLC301`; its page says what it is about.
        message: terse, lower-case, names in backticks; one clause that makes sense alone.
        place: where it is wrong.
        why: why it matters here, one or two sentences; may be empty where the message says it all.
        help: how to mend it, in the words of this spec.
        related: other places that take part.
        fix: a mechanical mend, where one is certain.
        severity: an error stops compiling, a warning does not.
    """

    code: str
    message: str
    place: Place
    why: str = ""
    help: str = ""
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    severity: Severity = "error"
