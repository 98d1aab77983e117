"""Text to tree, by precedence climbing, in bounded depth.

The order of precedence is DuckDB's, from loose to tight: `or`, `and`, `not`, `is`, comparison (which does not chain),
`in` / `between` / `like`, `||`, `+ -`, `* / // %`, a sign, `::`.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from mlc_compiler.expression.cursor import Cursor
from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.lexer import Token, tokens
from mlc_compiler.expression.literals import interval, typed_literal
from mlc_compiler.expression.problem import Problem, SyntaxProblem, did_you_mean
from mlc_compiler.expression.refused import CLOCK, CLOCK_WORDS, REFUSED_FUNCTIONS
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
    children,
)
from mlc_compiler.expression.types import MAX_PRECISION, SIMPLE_NAMES, Type, parse_type

MAX_LENGTH = 10_000
"""Characters that one expression may have."""

MAX_NESTING = 64
"""Parentheses, calls and signs that may stand inside one another."""

MAX_CHAIN = 200
"""Operators that may follow one another, as in `a + b + c`, in the whole expression's deepest branch."""

_COMPARISONS = {"=": "=", "==": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_OR, _AND, _NOT, _IS, _COMPARE, _MATCH, _OTHER, _ADD, _MULTIPLY, _SIGN, _CAST = range(1, 12)
_BINARY = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(_COMPARISONS, _COMPARE),
    "||": _OTHER,
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
    "//": _MULTIPLY,
    "%": _MULTIPLY,
}
_RESERVED = frozenset(
    (
        "and",
        "or",
        "not",
        "is",
        "in",
        "between",
        "like",
        "ilike",
        "case",
        "when",
        "then",
        "else",
        "end",
        "null",
        "true",
        "false",
        "select",
        "from",
        "where",
        "order",
        "by",
        "distinct",
        "filter",
        "over",
        "group",
        "having",
        "limit",
        "union",
        "cast",
        "try_cast",
        "as",
        "asc",
        "desc",
        "escape",
    )
)
_OTHER_NAMES_OF_TYPES = {
    **dict.fromkeys(("integer", "bigint", "smallint", "tinyint", "hugeint", "int4", "int8", "long"), "int"),
    **dict.fromkeys(("double", "real", "float4", "float8"), "float"),
    **dict.fromkeys(("varchar", "text", "char", "str"), "string"),
    **dict.fromkeys(("boolean", "logical"), "bool"),
    **dict.fromkeys(("timestamptz", "datetime"), "timestamp"),
    "numeric": "decimal(p,s)",
}


def parse(text: str) -> tuple[Expression | None, list[Problem]]:
    """Read one expression.

    Text that makes no sense gives no expression and the first problem; text that uses what the language lacks gives
    none either, and all such problems.
    """
    if len(text) > MAX_LENGTH:
        message = f"an expression has at most {MAX_LENGTH:,} characters, this one has {len(text):,}"
        return None, [Problem(0, len(text), "MLC303", message)]
    try:
        parser = _Parser(list(tokens(text)))
        tree = parser.whole()
    except SyntaxProblem as stopped:
        return None, [stopped.problem]
    if parser.problems:
        return None, parser.problems
    if _depth(tree) > MAX_CHAIN:
        message = f"more than {MAX_CHAIN} operators build on one another"
        return None, [Problem(0, len(text), "MLC303", message, help="compute a part of it in a column of its own")]
    return Expression(text, tree), []


def _depth(tree: Node) -> int:
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [child for node in level for child in children(node)]
    return deepest


class _Parser(Cursor):
    """One parse; it goes on past functions that the language lacks, so that all are reported."""

    def __init__(self, found: list[Token]) -> None:
        super().__init__(found)
        self.nesting = 0
        self.problems: list[Problem] = []

    # Expressions

    def whole(self) -> Node:
        if self.at_end:
            raise SyntaxProblem(Problem(0, self.token.end, "MLC301", "an expression is missing"))
        self.no_query()
        tree = self.expression()
        if self.at(","):
            raise self.unexpected("an expression gives one value")
        if not self.at_end:
            raise self.unexpected("expected an operator")
        return tree

    def expression(self, binding: int = 0) -> Node:
        """An expression of operators that bind more tightly than `binding`."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            message = f"more than {MAX_NESTING} levels are nested"
            raise SyntaxProblem(Problem(self.token.start, self.token.end, "MLC303", message))
        node = self.prefix()
        while (power := self.power()) > binding:
            node = self.infix(node, power)
        self.nesting -= 1
        return node

    def power(self) -> int:
        """How tightly the operator that comes next binds; 0 where none does."""
        spelling = self.token.spelling
        if spelling in _BINARY:
            return _BINARY[spelling]
        if spelling == "not":
            return _MATCH if self.peek().spelling in {"in", "between", "like", "ilike"} else 0
        if spelling in {"in", "between", "like", "ilike"}:
            return _MATCH
        return {"is": _IS, "isnull": _IS, "notnull": _IS, "::": _CAST}.get(spelling, 0)

    def infix(self, left: Node, power: int) -> Node:
        token = self.advance()
        spelling = token.spelling
        if spelling in _BINARY:
            right = self.expression(power)
            operator = _COMPARISONS.get(spelling, spelling)
            if power == _COMPARE and self.token.spelling in _COMPARISONS:
                raise self.unexpected("comparisons do not chain: join two with `and`")
            return Binary(operator, left, right, start=left.start, end=right.end)
        if spelling == "::":
            type_ = self.type()
            return Cast(left, type_, start=left.start, end=self.previous_end)
        if spelling in {"is", "isnull", "notnull"}:
            return self.is_(left, spelling)
        negated = spelling == "not"
        return self.match(left, self.advance().spelling if negated else spelling, negated)

    def is_(self, left: Node, spelling: str) -> Node:
        if spelling != "is":
            return Is(left, None, spelling == "notnull", start=left.start, end=self.previous_end)
        negated = self.accept("not")
        if self.accept("distinct"):
            self.expect("from", "after `distinct`")
            right = self.expression(_IS)
            operator = "is not distinct from" if negated else "is distinct from"
            return Binary(operator, left, right, start=left.start, end=right.end)
        values = {"null": None, "true": True, "false": False}
        word = self.token.keyword
        if word not in values:
            raise self.unexpected("expected `null`, `true`, `false` or `distinct from` after `is`")
        self.advance()
        return Is(left, values[word], negated, start=left.start, end=self.previous_end)

    def match(self, left: Node, spelling: str, negated: bool) -> Node:
        if spelling == "in":
            self.expect("(", "after `in`")
            self.no_query()
            items = self.list_until(")")
            if not items:
                raise self.unexpected("`in ()` lists nothing")
            return In(left, items, negated, start=left.start, end=self.previous_end)
        if spelling == "between":
            low = self.expression(_MATCH)
            self.expect("and", "between the two ends")
            high = self.expression(_MATCH)
            return Between(left, low, high, negated, start=left.start, end=high.end)
        pattern = self.expression(_MATCH)
        escape = None
        if self.accept("escape"):
            token = self.advance()
            if token.kind != "string" or len(token.text) != 1:
                raise self.refused(token, "`escape` takes one character in quotes")
            escape = token.text
        operator: Literal["like", "ilike"] = "like" if spelling == "like" else "ilike"
        return Like(operator, left, pattern, escape, negated, start=left.start, end=self.previous_end)

    def prefix(self) -> Node:
        token = self.token
        if self.at("not"):
            self.advance()
            operand = self.expression(_NOT - 1)
            return Unary("not", operand, start=token.start, end=operand.end)
        if self.at("-", "+"):
            self.advance()
            operand = self.expression(_SIGN - 1)
            return Unary("-" if token.text == "-" else "+", operand, start=token.start, end=operand.end)
        return self.primary()

    def primary(self) -> Node:
        token = self.token
        match token.kind:
            case "number":
                return self.number()
            case "string":
                self.advance()
                return Constant(token.text, start=token.start, end=token.end)
            case "variable":
                self.advance()
                return Variable(token.text, start=token.start, end=token.end)
            case "quoted":
                return self.name()
            case "word":
                return self.word()
        if self.accept("("):
            self.no_query()
            inner = self.expression()
            if self.at(","):
                raise self.refused(self.token, "`(a, b)` is no value", help_="a list is written `[a, b]`")
            self.expect(")", "to close the parenthesis")
            return replace(inner, start=token.start, end=self.previous_end)
        if self.accept("["):
            items = self.list_until("]")
            return ListOf(items, start=token.start, end=self.previous_end)
        if self.at("*"):
            raise self.refused(token, "`*` stands for no value", help_="only `count(*)` takes it")
        raise self.unexpected("expected a value")

    def number(self) -> Node:
        token = self.advance()
        text = token.text.replace("_", "")
        value: int | float | Decimal
        if "e" in text.lower():
            value = float(text)
        elif "." in text:
            value = Decimal(f"0{text}0" if text.endswith(".") else f"0{text}")
        else:
            value = int(text)
        if (isinstance(value, int) and value >= 2**63) or len(text) > MAX_PRECISION or value == float("inf"):
            message = f"`{text}` is out of range"
            raise SyntaxProblem(Problem(token.start, token.end, "MLC304", message, help="write it as `1e20`"))
        return Constant(value, start=token.start, end=token.end)

    def word(self) -> Node:
        token, word = self.token, self.token.keyword
        following = self.peek().spelling
        if word in {"true", "false", "null"}:
            self.advance()
            return Constant({"true": True, "false": False}.get(word), start=token.start, end=token.end)
        if word == "case":
            return self.case()
        if word in {"cast", "try_cast"} and following == "(":
            return self.cast()
        if word == "extract" and following == "(":
            return self.extract()
        if word == "interval" and (following == "-" or self.peek().kind in {"string", "number"}):
            return self.interval()
        if word in {"date", "timestamp", "timestamptz"} and self.peek().kind == "string":
            self.advance()
            return typed_literal("date" if word == "date" else "timestamp", token, self.advance())
        if word in CLOCK_WORDS:
            raise self.refused(token, f"`{word}` is not in the language", *CLOCK)
        if word == "exists" and following == "(":
            raise self.refused(token, "an expression holds no query", help_="queries belong into a source's `sql`")
        if word in _RESERVED:
            raise self.unexpected("expected a value")
        if following == "(":
            return self.call()
        return self.name()

    def name(self) -> Node:
        first = self.advance()
        parts = [first.text]
        while self.accept("."):
            if self.at("*"):
                raise self.refused(self.token, "`*` stands for no value", help_="name the columns")
            if self.token.kind not in {"word", "quoted"}:
                raise self.unexpected("expected a name after `.`")
            parts.append(self.advance().text)
            if self.at("("):
                raise self.refused(self.token, "functions are written `f(x)`, not `x.f()`")
        if self.at("["):
            help_ = "write `list_extract(list, place)`"
            raise self.refused(self.token, "`[...]` after a name is not in the language", help_=help_)
        if self.token.kind == "string":
            raise self.refused(
                first, f"`{first.text}` is not a type of literal", help_="a cast is written `'...'::type`"
            )
        return Name(tuple(parts), start=first.start, end=self.previous_end)

    def case(self) -> Node:
        start = self.advance().start
        operand = None if self.at("when") else self.expression()
        branches = []
        while self.accept("when"):
            condition = self.expression()
            self.expect("then", "after the condition of `when`")
            branches.append((condition, self.expression()))
        if not branches:
            raise self.unexpected("expected `when` after `case`")
        otherwise = self.expression() if self.accept("else") else None
        self.expect("end", "to close `case`")
        return Case(operand, tuple(branches), otherwise, start=start, end=self.previous_end)

    def cast(self) -> Node:
        word = self.advance()
        self.advance()
        operand = self.expression()
        self.expect("as", f"in `{word.keyword}(x as type)`")
        type_ = self.type()
        self.expect(")", f"to close `{word.keyword}`")
        return Cast(operand, type_, word.keyword == "try_cast", start=word.start, end=self.previous_end)

    def extract(self) -> Node:
        word = self.advance()
        self.advance()
        part = self.advance()
        if part.kind not in {"word", "string"}:
            raise self.refused(part, "`extract(part from time)` starts with a part, such as `hour`")
        self.expect("from", "in `extract(part from time)`")
        operand = self.expression()
        self.expect(")", "to close `extract`")
        constant = Constant(part.text.lower(), start=part.start, end=part.end)
        span = (word.start, word.end)
        return Call("date_part", (constant, operand), name_span=span, start=word.start, end=self.previous_end)

    def interval(self) -> Interval:
        word = self.advance()
        negative = self.accept("-")
        amount = self.advance()
        if amount.kind == "string":
            unit = self.advance() if self.token.kind == "word" and amount.text.strip().lstrip("-").isdigit() else None
            return interval(word, amount, unit)
        if amount.kind != "number" or self.token.kind != "word":
            raise self.unexpected("an interval is written `interval 6 hour`")
        return interval(word, amount, self.advance(), negative=negative)

    def type(self) -> Type:
        """A type's name, whose text may span tokens, as in `decimal(10, 2)`."""
        first = self.advance()
        text = first.keyword
        if first.kind != "word":
            raise self.refused(first, f"expected the name of a type, found {first.shown}")
        if self.at("("):
            depth = 0
            while True:
                token = self.advance()
                depth += (token.spelling == "(") - (token.spelling == ")")
                text += token.text.lower()
                if depth == 0 or self.at_end:
                    break
        type_ = parse_type(text)
        if type_ is None or type_.kind == "file":
            same = _OTHER_NAMES_OF_TYPES.get(first.keyword)
            near = f"write `{same}`" if same else did_you_mean(text, SIMPLE_NAMES)
            known = "the types are `int`, `float`, `string`, `bool`, `date`, `timestamp`, `decimal(p,s)`, `list(T)`"
            message = f"nothing can be cast to `{text}`"
            raise SyntaxProblem(Problem(first.start, self.previous_end, "MLC305", message, help=near or known))
        return type_

    # Functions

    def call(self) -> Node:
        token = self.advance()
        name = token.keyword
        self.advance()
        if name == "count" and self.at("*"):
            self.advance()
            self.expect(")", "after `count(*`")
            args: tuple[Node, ...] = ()
            order: tuple[Order, ...] = ()
            distinct = False
        else:
            distinct = self.accept("distinct")
            self.no_query()
            args = self.list_until(")", "order")
            order = self.order() if self.tokens[self.index - 1].spelling == "order" else ()
        condition = self.filter()
        if self.at("over"):
            help_ = "a feature with a `window` looks back over rows; a source's `sql` may use window functions"
            raise self.refused(self.token, "window functions are not in the language", help_=help_)
        if self.at("within"):
            raise self.refused(
                self.token, "`within group` is not in the language", help_="write `quantile_cont(x, 0.5)`"
            )
        function = self.function(token, name)
        call = Call(function, args, distinct, order, condition, start=token.start, end=self.previous_end)
        return replace(call, name_span=(token.start, token.end))

    def function(self, token: Token, name: str) -> str:
        """The canonical name, or the name itself and a problem."""
        known = functions()
        if name in known:
            return known[name].name
        if name in REFUSED_FUNCTIONS:
            refused = self.refused(token, f"`{name}` is not in the language", *REFUSED_FUNCTIONS[name])
            self.problems.append(refused.problem)
        else:
            near = did_you_mean(name, known)
            self.problems.append(Problem(token.start, token.end, "MLC306", f"unknown function `{name}`", help=near))
        return name

    def order(self) -> tuple[Order, ...]:
        self.expect("by", "after `order`")
        keys = []
        while True:
            key = self.expression()
            descending = self.accept("desc") or (self.accept("asc") and False)
            if self.at("nulls"):
                raise self.refused(self.token, "nulls stand last, always", help_="leave `nulls ...` out")
            keys.append(Order(key, descending, start=key.start, end=self.previous_end))
            if not self.accept(","):
                break
        self.expect(")", "to close the call")
        return tuple(keys)

    def filter(self) -> Node | None:
        if not (self.at("filter") and self.peek_is("(")):
            return None
        self.advance()
        self.advance()
        self.accept("where")
        condition = self.expression()
        self.expect(")", "to close `filter`")
        return condition

    def list_until(self, *closers: str) -> tuple[Node, ...]:
        """Expressions between commas, and the token that ends them."""
        if self.accept(*closers):
            return ()
        items = [self.expression()]
        while self.accept(","):
            items.append(self.expression())
        if not self.accept(*closers):
            raise self.unexpected(f"expected `,` or `{closers[0]}`")
        return tuple(items)

    def no_query(self) -> None:
        if self.at("select", "with", "from"):
            raise self.refused(self.token, "an expression holds no query", help_="queries belong into a source's `sql`")
