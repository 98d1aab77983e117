"""What an expression may read, where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlc_compiler.expression.problem import Problem, did_you_mean, nearest
from mlc_compiler.expression.types import UNKNOWN, Type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlc_compiler.expression.tree import Name, Variable

BUILT_IN = frozenset(("at", "as_of"))
"""Variables that are no parameters."""


@dataclass(frozen=True)
class Scope:
    """The names that an expression may read.

    Attributes:
        columns: bare words.
        features: by the first part of `group.column`, its columns.
        dotted: longer names, and those of two parts that are no features (`step.output`), by all their parts.
        variables: parameters and built-ins, without `$`.
        aggregates: whether aggregates may be used.
        hidden: names that exist but may not be read here, written as in the text (`$at`, `group.column`, `group`,
            `column`), with the reason.
        group_word: what the first part of `group.column` is, as a message says it.
        columns_of: what the columns belong to, as a message says it, such as "source `orders`".
    """

    columns: Mapping[str, Type] = field(default_factory=dict)
    features: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    dotted: Mapping[tuple[str, ...], Type] = field(default_factory=dict)
    variables: Mapping[str, Type] = field(default_factory=dict)
    aggregates: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)
    group_word: str = "feature group"
    columns_of: str = ""


def resolve_name(name: Name, scope: Scope) -> Type | Problem:
    """The type of a column or dotted name, or what is wrong with it."""
    if len(name.parts) == 1:
        found = scope.columns.get(name.parts[0])
        return found if found is not None else _unknown_column(name, scope)
    found = scope.dotted.get(name.parts)
    if found is None and len(name.parts) == 2:
        group, column = name.parts
        found = scope.features.get(group, {}).get(column)
    return found if found is not None else _unknown_dotted(name, scope)


def resolve_variable(variable: Variable, scope: Scope) -> Type | Problem:
    """The type of a `$name`, or what is wrong with it."""
    found = scope.variables.get(variable.name)
    if found is not None:
        return found
    span, text = (variable.start, variable.end), f"${variable.name}"
    if text in scope.hidden:
        return Problem(*span, "MLC308", f"`{text}` cannot be read here", scope.hidden[text])
    near = nearest(variable.name, scope.variables)
    if near:
        help_, near = did_you_mean(f"${near}"), f"${near}"
    elif variable.name in scope.columns:
        help_, near = f"a column is written without the `$`: `{variable.name}`", variable.name
    else:
        help_ = "declare it under `parameters`"
    return Problem(*span, "MLC307", f"unknown parameter `{text}`", help=help_, replacement=near)


def problem_type(found: Type | Problem) -> Type:
    """The type to go on with after a problem: unknown, so that one cause gives one finding."""
    return UNKNOWN if isinstance(found, Problem) else found


def _unknown_column(name: Name, scope: Scope) -> Problem:
    word, span = name.parts[0], (name.start, name.end)
    if word in scope.hidden:
        return Problem(*span, "MLC308", f"`{word}` cannot be read here", scope.hidden[word])
    of, near = f" in {scope.columns_of}" if scope.columns_of else "", ""
    if word in scope.variables or word in BUILT_IN:
        help_ = f"a bare word is a column; the {'moment' if word in BUILT_IN else 'parameter'} is written `${word}`"
    elif word in scope.features:
        example = next(iter(scope.features[word]), "column")
        help_ = f"`{word}` is a {scope.group_word}; its columns are written `{word}.{example}`"
    else:
        inside = [f"{group}.{word}" for group, columns in scope.features.items() if word in columns]
        near = nearest(word, scope.columns) or next(iter(inside), "")
        help_ = did_you_mean(near) or _listed("columns", scope.columns)
    return Problem(*span, "MLC307", f"unknown column `{word}`{of}", help=help_, replacement=near)


def _unknown_dotted(name: Name, scope: Scope) -> Problem:
    span, text = (name.start, name.end), name.text
    for hidden in (text, name.parts[0]):
        if hidden in scope.hidden:
            return Problem(*span, "MLC308", f"`{text}` cannot be read here", scope.hidden[hidden])
    known = {f"{group}.{column}" for group, columns in scope.features.items() for column in columns}
    known |= {".".join(parts) for parts in scope.dotted}
    if not known:
        why, near = "only plain columns and `$` names can be read here", nearest(name.parts[-1], scope.columns)
        return Problem(*span, "MLC307", f"unknown name `{text}`", why, did_you_mean(near), near)
    group = name.parts[0]
    if len(name.parts) == 2 and group in scope.features:
        near = nearest(name.parts[1], scope.features[group])
        message = f"{scope.group_word} `{group}` has no column `{name.parts[1]}`"
        help_ = did_you_mean(near) or _listed("columns", scope.features[group])
        return Problem(*span, "MLC307", message, help=help_, replacement=f"{group}.{near}" if near else "")
    near = nearest(text, known)
    return Problem(*span, "MLC307", f"unknown name `{text}`", help=did_you_mean(near), replacement=near)


def _listed(what: str, names: Mapping[str, object]) -> str:
    shown = [f"`{name}`" for name in list(names)[:8]]
    more = ", ..." if len(names) > len(shown) else ""
    return f"its {what} are {', '.join(shown)}{more}" if shown else ""
