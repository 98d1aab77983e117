"""Calls of functions and aggregates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from mlc_compiler.expression.cursor import Cursor
from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.problem import Problem, did_you_mean
from mlc_compiler.expression.refused import REFUSED_FUNCTIONS
from mlc_compiler.expression.tree import Call, Node, Order

if TYPE_CHECKING:
    from mlc_compiler.expression.lexer import Token


class CallParser(Cursor, ABC):
    """Reads calls; goes on past functions that the language lacks, so that all are reported."""

    def __init__(self, found: list[Token]) -> None:
        super().__init__(found)
        self.problems: list[Problem] = []

    @abstractmethod
    def expression(self, binding: int = 0) -> Node:
        """An expression of operators that bind more tightly than `binding`."""

    def call(self) -> Node:
        """A call with what may follow it; the next token is its name."""
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
        span = (token.start, token.end)
        call = Call(name, args, distinct, order, condition, name_span=span, start=token.start, end=self.previous_end)
        if self.at("within"):
            help_ = "write `quantile_cont(x, 0.5)`"
            raise self.refused(self.token, "`within group` is not in the language", help_=help_)
        return self.over(call) if self.at("over") else replace(call, name=self.function(token, name))

    def over(self, call: Call) -> Node:
        """What a call is as a window function; the next word is `over`."""
        help_ = "a feature with a `window` looks back over rows; a source's `sql` may use window functions"
        raise self.refused(self.token, f"window functions such as `{call.name}` are not in the language", help_=help_)

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
        """The keys after `order`, and the parenthesis that closes the call."""
        self.expect("by", "after `order`")
        keys = self.keys()
        self.expect(")", "to close the call")
        return keys

    def keys(self) -> tuple[Order, ...]:
        """Keys to order by, between commas."""
        keys = []
        while True:
            key = self.expression()
            descending = self.accept("desc")
            if not descending:
                self.accept("asc")
            if self.at("nulls"):
                raise self.refused(self.token, "nulls stand last, always", help_="leave `nulls ...` out")
            keys.append(Order(key, descending, start=key.start, end=self.previous_end))
            if not self.accept(","):
                return tuple(keys)

    def filter(self) -> Node | None:
        """The condition of `filter (where ...)`, if it is there."""
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
        """Refuse a query where a value is expected."""
        if self.at("select", "with", "from"):
            raise self.refused(self.token, "an expression holds no query", help_="queries belong into a source's `sql`")
