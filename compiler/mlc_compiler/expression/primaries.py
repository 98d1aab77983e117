"""What operators stand between: literals, names, `case`, casts, parentheses, calls."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from mlc_compiler.expression.calls import CallParser
from mlc_compiler.expression.literals import interval, typed_literal
from mlc_compiler.expression.problem import Problem, SyntaxProblem, did_you_mean
from mlc_compiler.expression.refused import CLOCK, CLOCK_WORDS
from mlc_compiler.expression.tree import Call, Case, Cast, Constant, Interval, ListOf, Name, Node, Variable
from mlc_compiler.expression.types import MAX_PRECISION, SIMPLE_NAMES, Type, parse_type

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


class PrimaryParser(CallParser):
    """Reads operands."""

    def primary(self) -> Node:
        """One operand."""
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
        """A number: whole, with a point, or with an exponent."""
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
        """What starts with a bare word."""
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
        """A column or a dotted name."""
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
        """`case ... end`."""
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
        """`cast(x as type)` or `try_cast(x as type)`."""
        word = self.advance()
        self.advance()
        operand = self.expression()
        self.expect("as", f"in `{word.keyword}(x as type)`")
        type_ = self.type()
        self.expect(")", f"to close `{word.keyword}`")
        return Cast(operand, type_, word.keyword == "try_cast", start=word.start, end=self.previous_end)

    def extract(self) -> Node:
        """`extract(part from time)`, the same as `date_part`."""
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
        """`interval 6 hour`, `interval '6 hours'`."""
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
