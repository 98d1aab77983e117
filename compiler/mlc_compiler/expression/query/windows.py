"""Calls inside a query: aggregates over groups, functions over windows."""

from __future__ import annotations

from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.mixture import is_aggregate
from mlc_compiler.expression.problem import Problem, SyntaxProblem
from mlc_compiler.expression.query.betrayal import Betrayal
from mlc_compiler.expression.query.window import WINDOW_FUNCTIONS
from mlc_compiler.expression.query.words import WordParser
from mlc_compiler.expression.tree import Call, Node, Order, Over


class WindowParser(WordParser):
    """Reads the calls of a query."""

    def call(self) -> Node:
        """A call; an aggregate over a group betrays the future."""
        token = self.token
        call = super().call()
        if is_aggregate(call):
            self.betray(token, f"`{token.keyword}`", "an aggregate's value changes when further rows arrive")
        return call

    def over(self, call: Call) -> Node:
        """`f(...) over (partition by ... order by ... rows ...)`."""
        if call.name not in WINDOW_FUNCTIONS and not (call.name in functions() and functions()[call.name].aggregate):
            message = f"`{call.name}` is no window function"
            raise SyntaxProblem(Problem(*call.name_span, "MLC306", message))
        if call.distinct or call.order or call.filter is not None:
            message = "`distinct`, `order by` and `filter` do not go with `over`"
            raise SyntaxProblem(Problem(call.start, call.end, "MLC302", message))
        self.advance()
        self.expect("(", "after `over`")
        partition: tuple[Node, ...] = ()
        if self.accept("partition"):
            self.expect("by", "after `partition`")
            keys = [self.expression()]
            while self.accept(","):
                keys.append(self.expression())
            partition = tuple(keys)
        order = self.ordering() if self.accept("order") else ()
        frame = self.frame()
        self.expect(")", "to close `over`")
        name = functions()[call.name].name if call.name in functions() else call.name
        span = (call.start, self.previous_end)
        self.betrayals.append(Betrayal(*span, f"window function `{name}`"))
        return Over(name, call.args, partition, order, frame, call.name_span, start=span[0], end=span[1])

    def frame(self) -> str:
        """`rows between 3 preceding and current row`, as canonical SQL."""
        if not self.at("rows", "range", "groups"):
            return ""
        kind = self.advance().keyword.upper()
        if not self.accept("between"):
            return f"{kind} {self.bound()}"
        low = self.bound()
        self.expect("and", "between the two ends")
        return f"{kind} BETWEEN {low} AND {self.bound()}"

    def bound(self) -> str:
        """One end of a frame."""
        if self.accept("current"):
            self.expect("row", "after `current`")
            return "CURRENT ROW"
        if self.accept("unbounded"):
            amount = "UNBOUNDED"
        elif self.token.kind == "number" and self.token.text.isdigit():
            amount = self.advance().text
        else:
            raise self.unexpected("expected `unbounded`, `current row` or a number of rows")
        if not self.at("preceding", "following"):
            raise self.unexpected("expected `preceding` or `following`")
        return f"{amount} {self.advance().keyword.upper()}"

    def no_query(self) -> None:
        """Refuse a query where a value is expected."""
        if self.at("select", "with", "from"):
            help_ = "join the query instead: `from a join (select ...) as b using (...)`"
            raise self.refused(self.token, "a query inside an expression is not in the language", help_=help_)

    def ordering(self) -> tuple[Order, ...]:
        """The keys after `order`."""
        self.expect("by", "after `order`")
        return self.keys()
