"""sqlglot's tree to ours: what has no conversion is not in the language, and is named."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NoReturn, cast

from sqlglot import exp

from mlc_compiler.expression.dialect import extent
from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.literals import interval, typed_literal
from mlc_compiler.expression.problem import Problem, SyntaxProblem, did_you_mean, nearest
from mlc_compiler.expression.refused import CLOCK, CLOCK_WORDS, REFUSED_FUNCTIONS, REFUSED_SYNTAX
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
    Order,
    Unary,
    Variable,
)
from mlc_compiler.expression.types import MAX_PRECISION, SIMPLE_NAMES, Type, parse_type

if TYPE_CHECKING:
    from collections.abc import Container

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_BINARY: dict[type[exp.Expr], str] = {
    exp.Or: "or",
    exp.And: "and",
    **_COMPARISONS,
    exp.NullSafeEQ: "is not distinct from",
    exp.NullSafeNEQ: "is distinct from",
    exp.DPipe: "||",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.IntDiv: "//",
    exp.Mod: "%",
}
_IGNORED = frozenset(("_type", "typed", "safe", "quoted", "nested", "value_constructor", "fraction_in_string"))
_PARTS: dict[type[exp.Expr], frozenset[str]] = {
    kind: frozenset(parts.split())
    for kind, parts in {
        **dict.fromkeys(_BINARY, "this expression"),
        exp.Paren: "this",
        exp.Literal: "this is_string",
        exp.Boolean: "this",
        exp.Null: "",
        exp.Column: "this table db catalog",
        exp.Dot: "this expression",
        exp.Placeholder: "this",
        exp.Array: "expressions",
        exp.Not: "this",
        exp.Neg: "this",
        exp.Is: "this expression",
        exp.In: "this expressions",
        exp.Between: "this low high",
        exp.Like: "this expression negate",
        exp.ILike: "this expression negate",
        exp.Escape: "this expression",
        exp.Case: "this ifs default",
        exp.Cast: "this to",
        exp.TryCast: "this to",
        exp.Interval: "this unit",
        exp.Extract: "this expression",
        exp.Anonymous: "this expressions",
        exp.Filter: "this expression",
    }.items()
}
"""The nodes that have a conversion, and what they may consist of."""

_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_OTHER_NAMES_OF_TYPES = {
    **dict.fromkeys(("integer", "bigint", "smallint", "tinyint", "hugeint", "int4", "int8", "long"), "int"),
    **dict.fromkeys(("double", "real", "float4", "float8"), "float"),
    **dict.fromkeys(("varchar", "text", "char", "str"), "string"),
    **dict.fromkeys(("boolean", "logical"), "bool"),
    **dict.fromkeys(("timestamptz", "datetime"), "timestamp"),
    "numeric": "decimal(p,s)",
}


class Converter:
    """Converts the expressions of one text; goes on past functions that the language lacks, so that all are reported.

    Raises:
        SyntaxProblem: from every method, at what the language lacks.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.problems: list[Problem] = []

    def node(self, found: exp.Expr) -> Node:
        """One expression."""
        kind = type(found)
        if kind not in _PARTS:
            self.refuse(found)
        self.check_parts(found, _PARTS[kind])
        if kind in _BINARY:
            return self.binary(found)
        start, end = extent(found)
        match found:
            case exp.Paren():
                return replace(self.node(found.this), start=start, end=end)
            case exp.Literal():
                return self.literal(found)
            case exp.Boolean():
                return Constant(bool(found.this), start=start, end=end)
            case exp.Null():
                return Constant(None, start=start, end=end)
            case exp.Column() | exp.Dot():
                return Name(self.parts(found), start=start, end=end)
            case exp.Placeholder():
                if end - start != len(found.name) + 1:
                    raise SyntaxProblem(Problem(start, end, "MLC301", "expected a parameter's name after `$`"))
                return Variable(found.name, start=start, end=end)
            case exp.Array():
                return ListOf(self.nodes(found.expressions), start=start, end=end)
            case exp.Neg():
                return Unary("-", self.node(found.this), start=start, end=end)
            case exp.Not():
                return self.negation(found)
            case exp.Is():
                return self.is_(found)
            case exp.In():
                if not found.expressions:
                    self.refuse(found, "in")
                return In(self.node(found.this), self.nodes(found.expressions), False, start=start, end=end)
            case exp.Between():
                operand, low, high = (self.node(found.args[part]) for part in ("this", "low", "high"))
                self.joined_by("and", low, high)
                return Between(operand, low, high, False, start=start, end=end)
            case exp.Like() | exp.ILike() | exp.Escape():
                return self.like(found)
            case exp.Case():
                return self.case(found)
            case exp.Cast():
                return self.cast(found)
            case exp.Interval():
                return self.interval(found)
            case exp.Extract():
                return self.extract(found)
            case _:
                return self.call(found)

    def nodes(self, found: list[exp.Expr]) -> tuple[Node, ...]:
        """Several expressions."""
        return tuple(map(self.node, found))

    def binary(self, found: exp.Expr) -> Node:
        """Operators that follow one another, from the innermost on the left, without recursion."""
        chain = [found]
        while type(chain[-1].this) in _BINARY:
            chain.append(chain[-1].this)
        node = self.node(chain[-1].this)
        for each in reversed(chain):
            right = self.node(each.expression)
            if isinstance(each.this, exp.Not) and not isinstance(each, exp.Connector):
                message = "put parentheses around what stands before this operator"
                raise SyntaxProblem(Problem(*self.gap(node, right), "MLC301", message))
            if type(each) in _COMPARISONS and {type(each.this), type(each.expression)} & _COMPARISONS.keys():
                message = "comparisons do not chain: join two with `and`"
                raise SyntaxProblem(Problem(*self.gap(node, right), "MLC301", message))
            node = Binary(_BINARY[type(each)], node, right, start=node.start, end=right.end)
        return node

    def literal(self, found: exp.Literal) -> Constant:
        """A string or a number: whole, with a point, or with an exponent."""
        start, end = extent(found)
        text = found.name
        if found.is_string:
            return Constant(text, start=start, end=end)
        value: int | float | Decimal | None = None
        if _NUMBER.fullmatch(text):
            if "e" in text.lower():
                value = float(text)
            elif "." in text:
                value = Decimal(f"0{text}0" if text.endswith(".") else f"0{text}")
            else:
                value = int(text)
        wide = isinstance(value, int) and value >= 2**63
        if value is None or wide or len(text) > MAX_PRECISION or value == float("inf"):
            message = f"`{self.text[start:end]}` is out of range"
            raise SyntaxProblem(Problem(start, end, "MLC304", message, help="write it as `1e20`"))
        return Constant(value, start=start, end=end)

    def parts(self, found: exp.Expr) -> tuple[str, ...]:
        """The parts of a dotted name."""
        if isinstance(found, exp.Identifier):
            return (found.name,)
        if not isinstance(found, exp.Column | exp.Dot):
            self.refuse(found)
        return tuple(name for part in found.parts for name in self.parts(part))

    def negation(self, found: exp.Not) -> Node:
        """`not a`, or what is negated inside, as in `a not in (...)`."""
        inner = self.node(found.this)
        start, end = extent(found)
        if start < inner.start:
            return Unary("not", inner, start=start, end=end)
        return replace(cast("In | Between | Is", inner), negated=True, start=start, end=end)

    def is_(self, found: exp.Is) -> Is:
        """`is null`, `is true`, `is false`."""
        value = found.expression
        if not isinstance(value, exp.Null | exp.Boolean):
            message = "expected `null`, `true`, `false` or `distinct from` after `is`"
            raise SyntaxProblem(Problem(*extent(value), "MLC301", message))
        start, end = extent(found)
        return Is(
            self.node(found.this), None if isinstance(value, exp.Null) else value.this, False, start=start, end=end
        )

    def like(self, found: exp.Like | exp.ILike | exp.Escape) -> Like:
        """`like` or `ilike`, with its `escape`."""
        start, end = extent(found)
        if isinstance(found, exp.Escape):
            if not isinstance(found.this, exp.Like | exp.ILike):
                self.refuse(found)
            escape = self.node(found.expression)
            if not isinstance(escape, Constant) or not isinstance(escape.value, str) or len(escape.value) != 1:
                message = "expected a string of one character after `escape`"
                raise SyntaxProblem(Problem(escape.start, escape.end, "MLC301", message))
            return replace(self.like(found.this), escape=escape.value, start=start, end=end)
        operator: Literal["like", "ilike"] = "ilike" if isinstance(found, exp.ILike) else "like"
        negated = bool(found.args.get("negate"))
        operand, pattern = self.node(found.this), self.node(found.expression)
        return Like(operator, operand, pattern, None, negated, start=start, end=end)

    def case(self, found: exp.Case) -> Case:
        """`case ... end`."""
        operand = None if found.this is None else self.node(found.this)
        branches = []
        for branch in found.args["ifs"]:
            condition, value = self.node(branch.this), self.node(branch.args["true"])
            self.joined_by("then", condition, value)
            branches.append((condition, value))
        default = found.args.get("default")
        start, end = extent(found)
        return Case(operand, tuple(branches), None if default is None else self.node(default), start=start, end=end)

    def cast(self, found: exp.Cast) -> Cast:
        """`a::type`, `cast(a as type)`, `try_cast(a as type)`, `date '...'`."""
        start, end = extent(found)
        type_start, type_end = extent(found.args["to"])
        operand = self.node(found.this)
        if type_end <= operand.start and isinstance(operand, Constant) and isinstance(operand.value, str):
            return typed_literal(self.text[type_start:type_end].lower(), operand, start)
        type_ = self.type(type_start, type_end)
        return Cast(operand, type_, isinstance(found, exp.TryCast), start=start, end=end)

    def type(self, start: int, end: int) -> Type:
        """The type that a part of the text names."""
        text = "".join(self.text[start:end].lower().split())
        type_ = parse_type(text)
        if type_ is None or type_.kind == "file":
            same = _OTHER_NAMES_OF_TYPES.get(text.partition("(")[0])
            near = same or nearest(text, SIMPLE_NAMES)
            help_ = f"write `{same}`" if same else did_you_mean(near)
            known = "the types are `int`, `float`, `string`, `bool`, `date`, `timestamp`, `decimal(p,s)`, `list(T)`"
            message = f"nothing can be cast to `{text}`"
            raise SyntaxProblem(Problem(start, end, "MLC305", message, help=help_ or known, replacement=near))
        return type_

    def interval(self, found: exp.Interval) -> Interval:
        """`interval 6 hour`, `interval '6 hours'`."""
        unit = found.args.get("unit")
        amount = found.this.name if isinstance(found.this, exp.Literal) else ""
        negative = isinstance(found.this, exp.Neg)
        if negative and isinstance(found.this.this, exp.Literal):
            amount = f"-{found.this.this.name}"
        return interval(amount, unit.name.lower() if isinstance(unit, exp.Var) else "", *extent(found))

    def extract(self, found: exp.Extract) -> Call:
        """`extract(part from time)`, the same as `date_part`."""
        start, end = extent(found)
        part = found.this
        if not isinstance(part, exp.Var | exp.Literal):
            self.refuse(part)
        constant = Constant(part.name.lower(), start=start, end=end)
        span = (start, start + len("extract"))
        return Call("date_part", (constant, self.node(found.expression)), name_span=span, start=start, end=end)

    # Calls

    def call(self, found: exp.Expr) -> Node:
        """A function or aggregate of the catalogue."""
        call = self.bare_call(found)
        name, known = call.name, functions()
        if name in known:
            return replace(call, name=known[name].name)
        if name in REFUSED_FUNCTIONS:
            why, help_ = REFUSED_FUNCTIONS[name]
            message = f"`{name}` is not in the language"
            self.problems.append(Problem(*call.name_span, "MLC302", message, why, help_))
        else:
            near, message = nearest(name, known), f"unknown function `{name}`"
            self.problems.append(Problem(*call.name_span, "MLC306", message, help=did_you_mean(near), replacement=near))
        return call

    def bare_call(self, found: exp.Expr) -> Call:
        """A call by the name in the text, with its order and filter."""
        start, end = extent(found)
        if isinstance(found, exp.Filter):
            inner = self.bare_call(found.this)
            return replace(inner, filter=self.node(found.expression.this), start=start, end=end)
        if not isinstance(found, exp.Anonymous):
            self.refuse(found)
        span = (found.meta["start"], found.meta["end"] + 1)
        args, distinct = list(found.expressions), False
        order: tuple[Order, ...] = ()
        if args and isinstance(args[-1], exp.Order):
            order = self.keys(args[-1])
            args[-1:] = [] if args[-1].this is None else [args[-1].this]
        if len(args) == 1 and isinstance(args[0], exp.Distinct) and not args[0].args.get("on"):
            args, distinct = args[0].expressions, True
        name = found.name.lower()
        if name == "count" and not distinct and len(args) == 1 and isinstance(args[0], exp.Star):
            args = []
        return Call(name, self.nodes(args), distinct, order, name_span=span, start=start, end=end)

    def keys(self, found: exp.Order) -> tuple[Order, ...]:
        """Keys to order by."""
        self.check_parts(found, frozenset(("this", "expressions")))
        keys = []
        for each in found.expressions:
            self.check_parts(each, frozenset(("this", "desc", "nulls_first")))
            start, end = extent(each)
            if isinstance(each.this, exp.Var):
                raise SyntaxProblem(Problem(start, end, "MLC302", "`order by all` is not in the language"))
            if each.args.get("nulls_first"):
                help_ = "leave `nulls ...` out"
                raise SyntaxProblem(Problem(start, end, "MLC302", "nulls stand last, always", help=help_))
            keys.append(Order(self.node(each.this), bool(each.args.get("desc")), start=start, end=end))
        return tuple(keys)

    # Refusals

    def check_parts(self, found: exp.Expr, known: Container[str]) -> None:
        """Refuse a node with parts that are not in the language."""
        for name, value in found.args.items():
            if value in (None, False, []) or name in known or name in _IGNORED:
                continue
            part = value[0] if isinstance(value, list) else value
            words = name.replace("_", " ").strip()
            if isinstance(part, exp.Expr):
                self.refuse(part, words)
            self.refuse(found, words)

    def refuse(self, found: exp.Expr, words: str = "") -> NoReturn:
        """Name what the language lacks."""
        start, end = extent(found)
        word = self.text[start:end].lower()
        if word in CLOCK_WORDS:
            raise SyntaxProblem(Problem(start, end, "MLC302", f"`{word}` is not in the language", *CLOCK))
        for kind, (message, why, help_) in REFUSED_SYNTAX.items():
            if isinstance(found, getattr(exp, kind)):
                raise SyntaxProblem(Problem(start, end, "MLC302", message, why, help_))
        words = words or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(found).__name__).lower()
        raise SyntaxProblem(Problem(start, end, "MLC302", f"`{words}` as it is used here is not in the language"))

    def joined_by(self, word: str, left: Node, right: Node) -> None:
        """Hold a word against what stands between two operands, since sqlglot does without it.

        Raises:
            SyntaxProblem: it does not stand there.
        """
        start, end = self.gap(left, right)
        if self.text[start:end].lower() != word:
            raise SyntaxProblem(Problem(right.start, right.end, "MLC301", f"expected `{word}` before this"))

    def gap(self, left: Node, right: Node) -> tuple[int, int]:
        """Where the word or operator between two operands stands."""
        between = self.text[left.end : right.start]
        start = left.end + len(between) - len(between.lstrip())
        return start, start + len(between.strip())
