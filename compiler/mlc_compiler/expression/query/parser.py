"""Text to the tree of a query, noting on the way whatever betrays the future."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from mlc_compiler.expression.grammar import MAX_NESTING
from mlc_compiler.expression.problem import Problem, SyntaxProblem
from mlc_compiler.expression.query.tables import TableParser
from mlc_compiler.expression.query.tree import Item, Query, Select, SetOperator, Star
from mlc_compiler.expression.tree import Constant, Name, Node

if TYPE_CHECKING:
    from mlc_compiler.expression.lexer import Token


class QueryParser(TableParser):
    """Reads one query."""

    def statement(self) -> Query:
        """The one query that the text is.

        Raises:
            SyntaxProblem: it is none, or more than one, or uses what the language lacks.
        """
        if not self.at("select", "with", "("):
            if self.at_end:
                raise SyntaxProblem(Problem(0, self.token.end, "MLC301", "a query is missing"))
            message = f"expected `select` or `with`, found {self.token.shown}"
            raise self.refused(self.token, message, help_="a source's `sql` is one SELECT over named sources")
        query = self.query()
        if not self.at_end:
            raise self.unexpected("expected the end of the query")
        return query

    def query(self) -> Query:
        """A query: `with`, SELECTs and what joins them, order and limit."""
        start = self.token.start
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise SyntaxProblem(Problem(start, self.token.end, "MLC303", f"more than {MAX_NESTING} levels are nested"))
        named = self.named()
        parts, operators = [self.part()], []
        while self.at("union", "except", "intersect"):
            operators.append(self.set_operator())
            parts.append(self.part())
        order = self.ordering() if self.accept("order") else ()
        limit = self.count("limit")
        offset = self.count("offset")
        self.nesting -= 1
        return Query(named, tuple(parts), tuple(operators), order, limit, offset, start=start, end=self.previous_end)

    def named(self) -> tuple[tuple[str, Query], ...]:
        """The queries of `with`."""
        if not self.accept("with"):
            return ()
        if self.at("recursive"):
            raise self.refused(self.token, "recursive queries are not in the language")
        found = []
        while True:
            name = self.identifier("a name after `with`")
            self.expect("as", "after the name of a query")
            self.expect("(", "before the query")
            found.append((name.text, self.query()))
            self.expect(")", "after the query")
            if not self.accept(","):
                return tuple(found)

    def set_operator(self) -> SetOperator:
        """`union all` and the like."""
        token = self.advance()
        every = self.accept("all")
        if self.accept("by"):
            raise self.refused(self.token, "`by name` is not in the language", help_="list columns in the same order")
        if token.keyword != "union" or not every:
            self.betray(token, f"`{token.keyword}`", "equal rows are one row, or rows go when others arrive")
        return cast("SetOperator", f"{token.keyword} all" if every else token.keyword)

    def part(self) -> Select | Query:
        """One SELECT, or a query in parentheses."""
        if self.accept("("):
            query = self.query()
            self.expect(")", "after the query")
            return query
        start = self.expect("select", "to start a query").start
        distinct = self.distinct()
        items = [self.item()]
        while self.accept(","):
            items.append(self.item())
        first, joins = self.source() if self.accept("from") else (None, ())
        where = self.expression() if self.accept("where") else None
        keys, every = self.group_by()
        having = self.expression() if self.accept("having") else None
        if self.at("window"):
            raise self.refused(self.token, "named windows are not in the language", help_="write it after `over`")
        qualify = self.expression() if self.accept("qualify") else None
        select = Select(tuple(items), first, joins, where, keys, every, having, qualify, distinct)
        return replace(select, start=start, end=self.previous_end)

    def distinct(self) -> bool:
        """`distinct` or `all` after `select`."""
        token = self.token
        if self.accept("distinct"):
            if self.at("on"):
                help_ = "use `qualify row_number() over (...) = 1`"
                raise self.refused(self.token, "`distinct on` is not in the language", help_=help_)
            self.betray(token, "`distinct`", "equal rows are one row, whichever came first")
            return True
        self.accept("all")
        return False

    def item(self) -> Item | Star:
        """One output column, or a star."""
        start = self.token
        if self.accept("*"):
            return self.star(start, None)
        if start.kind in {"word", "quoted"} and self.peek_is(".") and self.peek(2).text == "*":
            self.advance()
            self.advance()
            self.advance()
            return self.star(start, start.text)
        value = self.expression()
        name = value.parts[-1] if isinstance(value, Name) else ""
        if self.accept("as"):
            name = self.identifier("a name after `as`").text
        elif self.may_be_alias():
            name = self.advance().text
        return Item(value, name, start=value.start, end=self.previous_end)

    def star(self, start: Token, table: str | None) -> Star:
        """What may follow a star."""
        excluded: list[str] = []
        if self.accept("exclude"):
            many = self.accept("(")
            excluded.append(self.identifier("a column").text)
            while many and self.accept(","):
                excluded.append(self.identifier("a column").text)
            if many:
                self.expect(")", "after the columns")
        if self.at("replace", "rename", "like"):
            raise self.refused(self.token, f"`* {self.token.keyword}` is not in the language", help_="list the columns")
        return Star(table, tuple(excluded), start=start.start, end=self.previous_end)

    def group_by(self) -> tuple[tuple[Node, ...], bool]:
        """The keys of `group by`, and whether it says `all`."""
        token = self.token
        if not self.accept("group"):
            return (), False
        self.expect("by", "after `group`")
        if self.accept("all"):
            self.betray(token, "`group by`", "a group's values change when further rows arrive")
            return (), True
        if self.token.keyword in {"rollup", "cube", "grouping"}:
            raise self.refused(self.token, f"`{self.token.keyword}` is not in the language")
        keys = [self.expression()]
        while self.accept(","):
            keys.append(self.expression())
        self.betray(token, "`group by`", "a group's values change when further rows arrive")
        return tuple(keys), False

    def count(self, word: str) -> int | None:
        """The number after `limit` or `offset`."""
        token = self.token
        if not self.accept(word):
            return None
        number = self.number() if self.token.kind == "number" else None
        if not isinstance(number, Constant) or not isinstance(number.value, int):
            raise self.refused(self.token, f"`{word}` takes a whole number")
        self.betray(token, f"`{word}`", "which rows are among the first changes when others arrive")
        return number.value
