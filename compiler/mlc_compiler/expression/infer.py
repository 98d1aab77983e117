"""The type of an expression, and everything in it that does not fit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from mlc_compiler.expression.functions import Function, functions
from mlc_compiler.expression.literals import is_date, is_timestamp
from mlc_compiler.expression.mixture import check_mixture
from mlc_compiler.expression.operators import castable, concatenate, operate
from mlc_compiler.expression.problem import Problem
from mlc_compiler.expression.scope import problem_type, resolve_name, resolve_variable
from mlc_compiler.expression.signature import Mismatch
from mlc_compiler.expression.tree import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    Constant,
    In,
    Interval,
    Is,
    Like,
    ListOf,
    Name,
    Node,
    Over,
    Unary,
    Variable,
)
from mlc_compiler.expression.types import (
    BOOL,
    FLOAT,
    INT,
    INTERVAL,
    NULL,
    STRING,
    UNKNOWN,
    Type,
    comparable,
    decimal,
    list_of,
    numeric,
    unify,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlc_compiler.expression.expression import Expression
    from mlc_compiler.expression.scope import Scope

_COMPARISONS = frozenset(("=", "<>", "<", "<=", ">", ">=", "is distinct from", "is not distinct from"))


def infer(expression: Expression, scope: Scope) -> tuple[Type, list[Problem]]:
    """The type of the expression in this scope, `unknown` where it has none, and what is wrong with it."""
    inference = Inference(scope)
    type_ = inference.type(expression.tree)
    problems = inference.problems or check_mixture(expression.tree)
    return type_, problems


class Inference:
    """Types trees, collecting problems; a part with a problem is `unknown` and fits everywhere."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.problems: list[Problem] = []
        self.inside_aggregate = False

    def report(self, node: Node, code: str, message: str, why: str = "", help_: str = "") -> Type:
        """Note a problem with a part of the tree; its type is unknown."""
        self.problems.append(Problem(node.start, node.end, code, message, why, help_))
        return UNKNOWN

    def _found(self, found: Type | Problem) -> Type:
        if isinstance(found, Problem):
            self.problems.append(found)
        return problem_type(found)

    def type(self, node: Node) -> Type:
        """The type of a tree."""
        match node:
            case Constant(value=value):
                return type_of_constant(value)
            case Interval():
                return INTERVAL
            case Name():
                return self._found(resolve_name(node, self.scope))
            case Variable():
                return self._found(resolve_variable(node, self.scope))
            case ListOf(items=items):
                return list_of(self._common(items, "in one list"))
            case Unary(operator="not", operand=operand):
                self._boolean(operand, "`not`")
                return BOOL
            case Unary(operator=operator, operand=operand):
                type_ = self.type(operand)
                if not numeric(type_) or type_ == NULL:
                    return self.report(
                        operand, "MLC310", f"`{operator}` takes a number, this is `{type_}`", help_="cast it"
                    )
                return type_
            case Binary():
                return self._binary(node)
            case Is(operand=operand, value=value):
                if value is None:
                    self.type(operand)
                else:
                    self._boolean(operand, f"`is {str(value).lower()}`")
                return BOOL
            case In(operand=operand, items=items):
                self._compare([operand, *items], "`in`")
                return BOOL
            case Between(operand=operand, low=low, high=high):
                self._compare([operand, low, high], "`between`")
                return BOOL
            case Like(operator=operator, operand=operand, pattern=pattern):
                for part in (operand, pattern):
                    self._expect(part, STRING, f"`{operator}`", "a string")
                return BOOL
            case Case():
                return self._case(node)
            case Cast():
                return self._cast(node)
            case Call():
                return self._call(node)
        raise AssertionError(f"no type for {type(node).__name__}")

    def _binary(self, node: Binary) -> Type:
        operator, left, right = node.operator, node.left, node.right
        if operator in {"and", "or"}:
            self._boolean(left, f"`{operator}`")
            self._boolean(right, f"`{operator}`")
            return BOOL
        if operator in _COMPARISONS:
            self._compare([left, right], f"`{operator}`", null="distinct" in operator)
            return BOOL
        types = self.type(left), self.type(right)
        for operand, type_ in zip((left, right), types, strict=True):
            if type_ == NULL:
                return self.report(operand, "MLC309", f"`{operator}` with null is null, always")
        if operator == "||":
            result = concatenate(*types)
            help_ = "cast what is no string with `::string`"
        else:
            result, help_ = operate(operator, (left, right), types)
        if result is None:
            message = f"`{operator}` is not defined between `{types[0]}` and `{types[1]}`"
            return self.report(node, "MLC310", message, help_=help_)
        return result

    def _boolean(self, node: Node, of: str) -> None:
        self._expect(node, BOOL, of, "a boolean")

    def _expect(self, node: Node, wanted: Type, of: str, words: str) -> None:
        type_ = self.type(node)
        if type_ not in {wanted, NULL, UNKNOWN}:
            help_ = "compare it, for instance `x > 0`" if wanted == BOOL else "cast it with `::string`"
            self.report(node, "MLC310", f"{of} takes {words}, this is `{type_}`", help_=help_)

    def _compare(self, nodes: Sequence[Node], of: str, *, null: bool = False) -> None:
        """The first is compared with each of the others."""
        first, *others = nodes
        types = [self.type(node) for node in nodes]
        if not null:
            for node, type_ in zip(nodes, types, strict=True):
                if type_ == NULL:
                    help_ = "test for it with `is null` or `is not null`"
                    self.report(node, "MLC309", f"{of} with null is null, always", help_=help_)
                    return
        for node, type_ in zip(others, types[1:], strict=True):
            a, b = self._literal(first, types[0], type_), self._literal(node, type_, types[0])
            if not comparable(a, b):
                message = f"{of} cannot compare `{types[0]}` with `{type_}`"
                self.report(node, "MLC310", message, help_=_comparison_help(types[0], type_))

    def _literal(self, node: Node, type_: Type, other: Type) -> Type:
        """A constant string beside a date or timestamp is one too, if it reads as one."""
        if not isinstance(node, Constant) or not isinstance(node.value, str) or other.kind not in {"date", "timestamp"}:
            return type_
        good = is_date(node.value) if other.kind == "date" else is_timestamp(node.value)
        if not good:
            help_ = "write it as `'2024-01-31'`, a timestamp also as `'2024-01-31 12:00:00'`"
            self.report(node, "MLC304", f"`{node.value}` is no {other.kind}", help_=help_)
        return other

    def _common(self, nodes: Sequence[Node], where: str) -> Type:
        common: Type | None = NULL
        for node in nodes:
            type_ = self.type(node)
            met = unify(common, type_) if common is not None else None
            if met is None:
                return self.report(
                    node, "MLC310", f"`{common}` and `{type_}` do not meet {where}", help_="cast one of them"
                )
            common = met
        return common if common is not None else UNKNOWN

    def _case(self, node: Case) -> Type:
        for condition, _ in node.branches:
            if node.operand is None:
                self._boolean(condition, "`when`")
            else:
                self._compare([node.operand, condition], "`when`")
        results = [result for _, result in node.branches]
        return self._common([*results, *([node.otherwise] if node.otherwise is not None else [])], "in one `case`")

    def _cast(self, node: Cast) -> Type:
        type_ = self.type(node.operand)
        if not castable(type_, node.type):
            help_ = "use `epoch(x)` for seconds" if type_.kind in {"timestamp", "date"} else ""
            return self.report(node, "MLC305", f"`{type_}` cannot be cast to `{node.type}`", help_=help_)
        value = node.operand.value if isinstance(node.operand, Constant) else None
        wanted = node.type.kind
        if isinstance(value, str) and wanted in {"date", "timestamp"} and not node.safe:
            self._literal(node.operand, type_, node.type)
        return node.type

    def _call(self, node: Call) -> Type:
        function = functions()[node.name]
        if not function.aggregate:
            return self._scalar(node, function)
        if self.inside_aggregate:
            message = f"aggregate `{node.name}` inside another aggregate"
            return self.report(node, "MLC312", message, help_="compute the inner one in a feature of its own")
        if not self.scope.aggregates:
            help_ = "aggregates belong into features with `from`, labels with a window, and checks"
            return self.report(node, "MLC311", f"aggregate `{node.name}` cannot stand here", help_=help_)
        self.inside_aggregate = True
        result = self._aggregate(node, function)
        self.inside_aggregate = False
        return result

    def _scalar(self, node: Call, function: Function) -> Type:
        if node.distinct or node.order or node.filter is not None:
            which = "distinct" if node.distinct else "order by" if node.order else "filter"
            self.report(node, "MLC311", f"`{which}` belongs to aggregates, and `{node.name}` is none")
        return self.match(node, function)

    def _aggregate(self, node: Call, function: Function) -> Type:
        result = self.match(node, function)
        for order in node.order:
            self.type(order.key)
        if node.filter is not None:
            self._boolean(node.filter, "`filter`")
        if function.rows == "required" and not node.order:
            why = "without an order, the result is left to chance"
            return self.report(
                node, "MLC313", f"`{node.name}` needs an order", why, f"write `{node.name}(x order by y)`"
            )
        if node.distinct and not node.args:
            return self.report(node, "MLC311", "`count(distinct)` needs an argument")
        return result

    def match(self, node: Call | Over, function: Function) -> Type:
        """The type of a call's result, by the first signature that takes its arguments."""
        types = [self.type(arg) for arg in node.args]
        counted = [s for s in function.signatures if s.takes(len(types))]
        if not counted:
            ways = " or ".join(f"`{_shown(function.name, s.patterns)}`" for s in function.signatures)
            count = f"{len(types)} argument{'' if len(types) == 1 else 's'}"
            return self.report(node, "MLC314", f"`{function.name}` does not take {count}", help_=f"write {ways}")
        mismatches: list[Mismatch] = []
        for signature in counted:
            result = signature.match(types, node.args)
            if isinstance(result, Type):
                return result
            mismatches.append(result)
        furthest = max(mismatch.index for mismatch in mismatches)
        *most, last = dict.fromkeys(m.expected for m in mismatches if m.index == furthest)
        words = f"{', '.join(most)} or {last}" if most else last
        constant = isinstance(node.args[furthest], Constant) and types[furthest] != NULL
        what = f"`{types[furthest]}`" if not constant or "constant" not in words else "not one"
        message = f"argument {furthest + 1} of `{function.name}` is {words}, this is {what}"
        ways = " or ".join(f"`{_shown(function.name, s.patterns)}`" for s in counted)
        return self.report(
            node.args[furthest], "MLC310", message, help_=f"it takes {ways}: cast what is of another type"
        )


def type_of_constant(value: object) -> Type:
    """The type of a value written in the text."""
    match value:
        case None:
            return NULL
        case bool():
            return BOOL
        case int():
            return INT
        case float():
            return FLOAT
        case Decimal():
            digits = f"{value:f}"
            return decimal(len(digits) - 1, len(digits.partition(".")[2]))
    return STRING


def _shown(name: str, patterns: Sequence[str]) -> str:
    return f"{name}({', '.join(patterns)})"


def _comparison_help(a: Type, b: Type) -> str:
    kinds = {a.kind, b.kind}
    if "bool" in kinds and kinds & {"int", "float", "decimal"}:
        return "cast the boolean with `::int`, or leave the comparison out"
    if "string" in kinds:
        other = a if b.kind == "string" else b
        return f"cast the string with `::{other}`" if other.kind not in {"file", "interval", "list"} else ""
    return ""
