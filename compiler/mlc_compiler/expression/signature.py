"""What a function takes and gives, written as `string, int -> string` and matched against arguments.

A pattern is one of:

- a kind of the language: `int string bool date timestamp decimal`; `float` takes every number, `timestamp` also a
  date (its start; `render` writes the cast);
- `number`, `any`;
- `T`, one type for all that say so (numbers and times meet as in `unify`); `list(T)`, `list(any)`;
- `part` and `unit` (constants naming a part of a time, a length of time), `text` (a constant string), `whole` (a
  constant whole number), `digit` (one from 0 to 9), `fraction` (a constant from 0 to 1);
- `pattern...` may be repeated.

A result is a kind, `T`, `list(T)`, `first` (the type of the first argument) or `decimal`: that of the first decimal
argument. A bare `null` fits only `T`
and `any`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from mlc_compiler.expression.tree import Constant, Node, Unary
from mlc_compiler.expression.types import NULL, UNKNOWN, Type, list_of, parse_type, unify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PARTS = (
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "dayofweek",
    "isodow",
    "dayofyear",
    "week",
    "month",
    "quarter",
    "year",
    "isoyear",
)
"""Parts of a time: those that DuckDB's `date_part` gives as whole numbers."""

UNITS = tuple(part for part in PARTS if part not in {"dayofweek", "isodow", "dayofyear", "isoyear"})
"""Parts that are lengths of time too: what `date_diff` counts and `date_trunc` rounds to."""

_WORDS = {
    "float": "a number",
    "number": "a number",
    "int": "a whole number",
    "bool": "a boolean",
    "date": "a date",
    "timestamp": "a timestamp or date",
    "string": "a string",
    "decimal": "a decimal",
    "list(T)": "a list",
    "list(any)": "a list",
    "list(int)": "a list of numbers",
    "list(float)": "a list of numbers",
    "list(string)": "a list of strings",
    "part": "a constant part of a time, such as `'day'`",
    "unit": "a constant unit of time, such as `'day'`",
    "text": "a constant string",
    "whole": "a constant whole number",
    "digit": "a constant from 0 to 9",
    "fraction": "a constant from 0 to 1",
    "any": "a value",
    "T": "a value",
}


@dataclass(frozen=True)
class Mismatch:
    """The argument at `index` is not what the signature takes; `expected` says what is, in words."""

    index: int
    expected: str


@dataclass(frozen=True)
class Signature:
    """One way to call a function.

    Attributes:
        text: as above.
        rule: works out the result where the text cannot say it; the text then shows the usual case.
    """

    text: str
    rule: Callable[[Sequence[Type], Sequence[Node]], Type] | None = None

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of the arguments, with their `...`."""
        left = self.text.partition("->")[0].strip()
        return tuple(part.strip() for part in left.split(",")) if left else ()

    @cached_property
    def result(self) -> str:
        """The result, as written."""
        return self.text.partition("->")[2].strip()

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        repeated = bool(self.patterns) and self.patterns[-1].endswith("...")
        return count == len(self.patterns) or (repeated and count > len(self.patterns))

    def pattern(self, index: int) -> str:
        """The pattern of one argument, without its `...`."""
        return self.patterns[min(index, len(self.patterns) - 1)].removesuffix("...")

    def match(self, types: Sequence[Type], nodes: Sequence[Node]) -> Type | Mismatch:
        """The type of the result for these arguments, of a number that it takes."""
        common = NULL
        for index, (type_, node) in enumerate(zip(types, nodes, strict=True)):
            pattern = self.pattern(index)
            if pattern in {"T", "list(T)"}:
                item = type_ if pattern == "T" else _item(type_)
                met = unify(common, item) if item is not None else None
                if met is None:
                    words = _WORDS[pattern] if common == NULL else f"what meets `{common}`"
                    return Mismatch(index, words)
                common = met
            elif not _fits(pattern, type_, node):
                return Mismatch(index, _WORDS[pattern])
        if self.rule is not None:
            return self.rule(types, nodes)
        return self._result(common, types)

    def _result(self, common: Type, types: Sequence[Type]) -> Type:
        if self.result == "T":
            return common
        if self.result == "list(T)":
            return list_of(common)
        if self.result == "first":
            return types[0]
        if self.result == "decimal":
            return next((t for t in types if t.kind == "decimal"), UNKNOWN)
        return parse_type(self.result) or UNKNOWN


def constant_number(node: Node) -> int | float | Decimal | None:
    """The number that a constant stands for, a sign before it included; None where it is no constant number."""
    if isinstance(node, Unary) and node.operator in "-+":
        value = constant_number(node.operand)
        return None if value is None else -value if node.operator == "-" else value
    if (
        isinstance(node, Constant)
        and isinstance(node.value, int | float | Decimal)
        and not isinstance(node.value, bool)
    ):
        return node.value
    return None


def _item(type_: Type) -> Type | None:
    return type_.item if type_.kind == "list" else UNKNOWN if type_ == UNKNOWN else None


def _fits(pattern: str, type_: Type, node: Node) -> bool:
    constant = node.value if isinstance(node, Constant) else None
    match pattern:
        case "any":
            return True
        case "part":
            return isinstance(constant, str) and constant in PARTS
        case "unit":
            return isinstance(constant, str) and constant in UNITS
        case "text":
            return isinstance(constant, str)
        case "whole":
            return isinstance(constant_number(node), int)
        case "digit":
            return constant_number(node) in range(10)
        case "fraction":
            number = constant_number(node)
            return number is not None and 0 <= number <= 1
    kind = type_.kind
    if kind == "unknown":
        return True
    if pattern in {"float", "number"}:
        return kind in {"int", "float", "decimal"}
    if pattern == "timestamp":
        return kind in {"date", "timestamp"}
    if pattern.startswith("list("):
        return type_.item is not None and _fits(pattern[len("list(") : -1], type_.item, node)
    return kind == pattern
