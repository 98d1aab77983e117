"""The tables of a query, and how they are joined."""

from __future__ import annotations

from typing import cast

from mlc_compiler.expression.query.tree import Derived, Join, JoinKind, Table
from mlc_compiler.expression.query.windows import WindowParser
from mlc_compiler.expression.query.words import JOINS
from mlc_compiler.expression.tree import Node

_BETRAYING_JOINS = {
    "left": "a left join gives a row before its match arrives, and another after",
    "right": "a right join gives a row before its match arrives, and another after",
    "full": "a full join gives a row before its match arrives, and another after",
    "semi": "a semi join keeps a row once any match has arrived",
    "anti": "an anti join withdraws a row when a match arrives",
}


class TableParser(WindowParser):
    """Reads what stands after `from`."""

    def source(self) -> tuple[Table | Derived, tuple[Join, ...]]:
        """What stands after `from`."""
        first = self.relation()
        joins: list[Join] = []
        while True:
            token = self.token
            if self.accept(","):
                joins.append(Join("cross", self.relation(), start=token.start, end=self.previous_end))
            elif token.keyword in JOINS:
                joins.append(self.join())
            else:
                return first, tuple(joins)

    def join(self) -> Join:
        """One `join` with its condition."""
        token = self.advance()
        kind = token.keyword
        if kind in {"asof", "natural", "positional", "lateral"}:
            help_ = {"natural": "say which columns with `using`", "asof": "look rows up through a feature"}.get(
                kind, ""
            )
            raise self.refused(token, f"`{kind} join` is not in the language", help_=help_)
        if kind == "join":
            kind = "inner"
        else:
            self.accept("outer")
            self.expect("join", f"after `{kind}`")
        if kind in _BETRAYING_JOINS:
            self.betray(token, f"`{kind} join`", _BETRAYING_JOINS[kind])
        relation = self.relation()
        on: Node | None = None
        using: tuple[str, ...] = ()
        if kind != "cross":
            on, using = self.condition()
        return Join(cast("JoinKind", kind), relation, on, using, start=token.start, end=self.previous_end)

    def condition(self) -> tuple[Node | None, tuple[str, ...]]:
        """`on ...` or `using (...)`."""
        if self.accept("on"):
            return self.expression(), ()
        if not self.accept("using"):
            raise self.unexpected("expected `on` or `using` after a join")
        self.expect("(", "after `using`")
        names = [self.identifier("a column").text]
        while self.accept(","):
            names.append(self.identifier("a column").text)
        self.expect(")", "after the columns")
        return None, tuple(names)

    def relation(self) -> Table | Derived:
        """A table's name, or a query in parentheses, with its alias."""
        start = self.token
        if self.accept("("):
            query = self.query()
            self.expect(")", "after the query")
            alias = self.alias()
            if not alias:
                raise self.unexpected("a query in `from` needs a name: write `(...) as name`")
            return Derived(query, alias, start=start.start, end=self.previous_end)
        if start.kind == "string":
            help_ = "declare a source that reads it, and name the source"
            raise self.refused(start, "a query reads no files", help_=help_)
        name = [self.identifier("a source").text]
        while self.accept("."):
            name.append(self.identifier("a source").text)
        end = self.previous_end
        if self.at("("):
            help_ = "declare a source that reads it, and name the source"
            raise self.refused(
                start, f"table functions such as `{'.'.join(name)}` are not in the language", help_=help_
            )
        table = Table(".".join(name), self.alias() or name[-1], start=start.start, end=end)
        if self.token.keyword in {"tablesample", "sample"}:
            raise self.refused(self.token, "sampling is not in the language", help_="filter rows by a column")
        self.tables.append(table)
        return table
