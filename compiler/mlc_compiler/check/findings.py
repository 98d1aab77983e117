"""What checking collects: diagnostics, and expressions with their types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from mlc_compiler.check.facts import Typed
from mlc_compiler.diagnostics.diagnostic import Diagnostic, Edit, Fix, Related
from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.infer import infer
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.problem import Problem
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.tree import Name
from mlc_compiler.expression.types import Type
from mlc_compiler.source.place import Place


@dataclass
class Findings:
    """Diagnostics in the order in which they are found, each once."""

    items: dict[tuple[str, Place, str], Diagnostic] = field(default_factory=dict)

    def add(
        self,
        code: str,
        message: str,
        place: Place,
        *,
        why: str = "",
        help: str = "",
        related: Iterable[Related] = (),
        fix: Fix | None = None,
        warning: bool = False,
    ) -> None:
        """Report something, unless the same was reported at the same place before."""
        found = Diagnostic(code, message, place, why, help, tuple(related), fix, "warning" if warning else "error")
        self.items.setdefault((code, place, message), found)

    def unknown(
        self, kind: str, name: str, known: Iterable[str], place: Place, *, code: str = "MLC201", of: str = ""
    ) -> None:
        """Report a name that nothing has, with the nearest one that something has.

        Args:
            kind: what the name should be of.
            name: as written.
            known: the names that there are.
            place: where it stands.
            code: of the diagnostic.
            of: the whole text there, where the name is only its beginning or its end.
        """
        names = sorted(known)
        near = get_close_matches(name, names, n=1, cutoff=0.6)
        if near:
            help_text = f"did you mean `{near[0]}`?"
        elif names:
            shown = ", ".join(f"`{known_name}`" for known_name in names[:8])
            help_text = f"there {'is' if len(names) == 1 else 'are'} {shown}{' and others' if len(names) > 8 else ''}"
        else:
            help_text = f"the spec has no {kind}"
        fix = _write(_part(place, name, of), near[0]) if near and not (of and place.on == "key") else None
        self.add(code, f"there is no {kind} `{name}`", place, help=help_text, fix=fix)

    def typed(self, text: str, place: Place, scope: Scope, *, expect: str = "") -> Typed | None:
        """Parse and type an expression; None, with findings, where that fails.

        Args:
            text: the expression.
            place: where its text stands.
            scope: what it may read.
            expect: the kinds that its type may have, separated by blanks; anything where empty.
        """
        expression, problems = parse(text)
        found = None
        if expression is not None:
            found, more = infer(expression, scope)
            problems = [*problems, *more]
        self.problems(problems, place)
        if expression is None or found is None or problems or found.kind == "unknown":
            return None
        kinds = expect.split()
        if kinds and found.kind not in kinds:
            wanted = " or ".join(f"`{kind}`" for kind in kinds)
            self.add("MLC303", f"{wanted} is expected here, and this is `{found}`", place, help=_cast_help(kinds))
            return None
        return Typed(expression, found, place)

    def problems(self, problems: Iterable[Problem], place: Place) -> None:
        """Report what is wrong within an expression or a query whose text stands at a place."""
        for each in problems:
            inside = place.within(each.start, each.end)
            fix = _write(inside, each.replacement) if each.replacement else None
            self.add(each.code, each.message, inside, why=each.why, help=each.help, fix=fix)


def _part(place: Place, name: str, of: str) -> Place:
    """Where a name stands in a value, without the quotes around it."""
    if place.on == "key" or place.inside is not None:
        return place
    start = 0 if of.startswith(name) else len(of or name) - len(name)
    return place.within(start, start + len(name))


def _write(place: Place, text: str) -> Fix:
    return Fix(f"write `{text}`", (Edit(place, text),))


def _cast_help(kinds: list[str]) -> str:
    return "write a comparison, such as `x > 0`" if kinds == ["bool"] else f"cast it: `(...)::{kinds[0]}`"


def column(name: str) -> Expression:
    """The expression that is a column as it is."""
    return Expression(name, Name((name,)))


def plain(name: str, kind: Type, place: Place) -> Typed:
    """A column as it is, typed."""
    return Typed(column(name), kind, place)
