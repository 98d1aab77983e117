"""sqlglot's tree of a query to ours, noting on the way whatever betrays the future."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn, cast

from sqlglot import exp

from mlc_compiler.expression.convert import Converter
from mlc_compiler.expression.dialect import extent
from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.mixture import is_aggregate
from mlc_compiler.expression.problem import Problem, SyntaxProblem
from mlc_compiler.expression.query.betrayal import Betrayal
from mlc_compiler.expression.query.tree import (
    Derived,
    Item,
    Join,
    JoinKind,
    Query,
    Select,
    SetOperator,
    Star,
    Table,
)
from mlc_compiler.expression.query.window import WINDOW_FUNCTIONS
from mlc_compiler.expression.tree import Constant, Name, Node, Order, Over

_AROUND = frozenset(("with_", "order", "limit", "offset"))
_PARTS: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: _AROUND
    | frozenset(("expressions", "distinct", "from_", "joins", "where", "group", "having", "qualify")),
    **dict.fromkeys((exp.Union, exp.Except, exp.Intersect), _AROUND | {"this", "expression", "distinct"}),
    exp.Subquery: _AROUND | {"this", "alias"},
    exp.With: frozenset(("expressions",)),
    exp.CTE: frozenset(("this", "alias")),
    exp.TableAlias: frozenset(("this",)),
    exp.Table: frozenset(("this", "db", "catalog", "alias")),
    exp.Join: frozenset(("this", "on", "using", "side", "kind")),
    exp.Star: frozenset(("except_",)),
    exp.Group: frozenset(("expressions", "all")),
    exp.Limit: frozenset(("expression",)),
    exp.Offset: frozenset(("expression",)),
    exp.Window: frozenset(("this", "partition_by", "order", "spec", "over")),
    exp.WindowSpec: frozenset(("kind", "start", "start_side", "end", "end_side")),
}
"""The nodes of a query that have a conversion, and what they may consist of."""

_SET = "equal rows are one row, or rows go when others arrive"
_BETRAYING_JOINS = {
    "left": "a left join gives a row before its match arrives, and another after",
    "right": "a right join gives a row before its match arrives, and another after",
    "full": "a full join gives a row before its match arrives, and another after",
    "semi": "a semi join keeps a row once any match has arrived",
    "anti": "an anti join withdraws a row when a match arrives",
}
_JOINS = {
    ("", ""): "inner",
    ("", "INNER"): "inner",
    ("", "CROSS"): "cross",
    ("", "SEMI"): "semi",
    ("", "ANTI"): "anti",
    **{(side, kind): side.lower() for side in ("LEFT", "RIGHT", "FULL") for kind in ("", "OUTER")},
}
_REFUSED: dict[str, tuple[str, str]] = {
    "Lateral": ("a lateral join is not in the language", "join the query on its columns"),
    "Query": (
        "a query inside an expression is not in the language",
        "join the query instead: `from a join (select ...) as b using (...)`",
    ),
    "TableSample": ("sampling is not in the language", "filter rows by a column"),
    "Window": ("named windows are not in the language", "write it after `over`"),
    "Unnest": ("table functions such as `unnest` are not in the language", "declare a source that reads it"),
}


class QueryReader(Converter):
    """Converts one query; remembers the tables and the betrayals that it meets."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.tables: list[Table] = []
        self.betrayals: list[Betrayal] = []

    def query(self, found: exp.Expr) -> Query:
        """A query: `with`, SELECTs and what joins them, order and limit."""
        start, end = extent(found)
        named = self.named(found)
        chain = [found]
        while isinstance(chain[-1], exp.SetOperation):
            chain.append(chain[-1].this)
        parts, operators = [self.operand(chain.pop(), within=found)], []
        for each in reversed(chain):
            if each.args.get("by_name"):
                help_ = "list columns in the same order"
                raise SyntaxProblem(Problem(start, end, "MLC302", "`by name` is not in the language", help=help_))
            self.check_parts(each, _PARTS[type(each)])
            parts.append(self.operand(each.expression, within=found))
            operators.append(self.set_operator(each, parts[-2], parts[-1]))
        order = found.args.get("order")
        keys = () if order is None else self.keys(order)
        limit, offset = (self.count(found.args.get(word), word) for word in ("limit", "offset"))
        return Query(named, tuple(parts), tuple(operators), keys, limit, offset, start=start, end=end)

    def named(self, found: exp.Expr) -> tuple[tuple[str, Query], ...]:
        """The queries of `with`."""
        around = found.args.get("with_")
        if around is None:
            return ()
        if around.args.get("recursive"):
            raise SyntaxProblem(Problem(*extent(around), "MLC302", "recursive queries are not in the language"))
        self.check_parts(around, _PARTS[exp.With])
        queries = []
        for each in around.expressions:
            self.check_parts(each, _PARTS[exp.CTE])
            queries.append((self.alias(each), self.query(each.this)))
        return tuple(queries)

    def operand(self, found: exp.Expr, within: exp.Expr) -> Select | Query:
        """One SELECT, or a query in parentheses; `within` has what stands around the whole."""
        if found is not within and any(found.args.get(name) for name in _AROUND):
            return self.query(found)
        if isinstance(found, exp.Subquery):
            self.check_parts(found, _AROUND | {"this"})
            return self.query(found.this)
        if not isinstance(found, exp.Select):
            start, end = extent(found)
            raise SyntaxProblem(Problem(start, end, "MLC301", "expected a query"))
        return self.select(found)

    def set_operator(self, found: exp.Expr, above: Node, below: Node) -> SetOperator:
        """`union all` and the like."""
        start, end = self.gap(above, below)
        word = type(found).__name__.lower()
        if not found.args.get("distinct"):
            if word != "union":
                self.betray(start, start + len(word), f"`{word}`", _SET)
            return cast("SetOperator", f"{word} all")
        self.betray(start, min(end, start + len(word)), f"`{word}`", _SET)
        return cast("SetOperator", word)

    def count(self, found: exp.Expr | None, word: str) -> int | None:
        """The number after `limit` or `offset`."""
        if found is None:
            return None
        start, end = extent(found)
        number = found.args.get("expression")
        value = self.node(number) if isinstance(number, exp.Literal) else None
        parts = {name for name, part in found.args.items() if part not in (None, False, [])}
        if parts != {"expression"} or not isinstance(value, Constant) or not isinstance(value.value, int):
            raise SyntaxProblem(Problem(start, end, "MLC302", f"`{word}` takes a whole number"))
        self.betray(start, end, f"`{word}`", "which rows are among the first changes when others arrive")
        return value.value

    # One SELECT

    def select(self, found: exp.Select) -> Select:
        """One SELECT."""
        self.check_parts(found, _PARTS[exp.Select])
        start, end = extent(found)
        distinct = found.args.get("distinct")
        if distinct is not None:
            if distinct.args.get("on"):
                help_ = "use `qualify row_number() over (...) = 1`"
                message = "`distinct on` is not in the language"
                raise SyntaxProblem(Problem(*extent(distinct), "MLC302", message, help=help_))
            self.betray(*extent(distinct), "`distinct`", "equal rows are one row, whichever came first")
        if not found.expressions:
            raise SyntaxProblem(Problem(start, start + len("select"), "MLC301", "expected a column after `select`"))
        items = tuple(map(self.item, found.expressions))
        first = found.args.get("from_")
        relation = None if first is None else self.relation(first.this)
        joins = tuple(map(self.join, found.args.get("joins") or ()))
        where = self.condition(found, "where")
        keys, every = self.group_by(found.args.get("group"))
        having, qualify = self.condition(found, "having"), self.condition(found, "qualify")
        select = Select(items, relation, joins, where, keys, every, having, qualify, distinct is not None)
        return replace(select, start=start, end=end)

    def condition(self, found: exp.Select, word: str) -> Node | None:
        """What stands after `where`, `having` or `qualify`."""
        clause = found.args.get(word)
        return None if clause is None else self.node(clause.this)

    def item(self, found: exp.Expr) -> Item | Star:
        """One output column, or a star."""
        start, end = extent(found)
        if isinstance(found, exp.Star):
            return self.star(found, None, start, end)
        if isinstance(found, exp.Column) and isinstance(found.this, exp.Star):
            return self.star(found.this, found.table, start, end)
        if isinstance(found, exp.Alias):
            return Item(self.node(found.this), found.alias, start=start, end=end)
        value = self.node(found)
        return Item(value, value.parts[-1] if isinstance(value, Name) else "", start=start, end=end)

    def star(self, found: exp.Star, table: str | None, start: int, end: int) -> Star:
        """A star, without some columns."""
        for word in ("replace", "rename", "ilike"):
            if found.args.get(word):
                message = f"`* {word}` is not in the language"
                raise SyntaxProblem(Problem(start, end, "MLC302", message, help="list the columns"))
        return Star(table, tuple(each.name for each in found.args.get("except_") or ()), start=start, end=end)

    def group_by(self, found: exp.Group | None) -> tuple[tuple[Node, ...], bool]:
        """The keys of `group by`, and whether it says `all`."""
        if found is None:
            return (), False
        self.check_parts(found, _PARTS[exp.Group])
        self.betray(*extent(found), "`group by`", "a group's values change when further rows arrive")
        return self.nodes(found.expressions), bool(found.args.get("all"))

    # Tables

    def relation(self, found: exp.Expr) -> Table | Derived:
        """A source's name, or a query in parentheses, with its alias."""
        start, end = extent(found)
        if isinstance(found, exp.Subquery):
            self.check_parts(found, _PARTS[exp.Subquery])
            if not found.args.get("alias"):
                message = "a query in `from` needs a name: write `(...) as name`"
                raise SyntaxProblem(Problem(start, end, "MLC301", message))
            inner = found.this if not any(found.args.get(name) for name in _AROUND) else found
            return Derived(self.query(inner), self.alias(found), start=start, end=end)
        if not isinstance(found, exp.Table):
            self.refuse(found)
        declare = "declare a source that reads it, and name the source"
        if isinstance(found.this, exp.Anonymous):
            span = (found.this.meta["start"], found.this.meta["end"] + 1)
            message = f"table functions such as `{found.this.name}` are not in the language"
            raise SyntaxProblem(Problem(*span, "MLC302", message, help=declare))
        if self.text[start] == "'":
            raise SyntaxProblem(Problem(start, end, "MLC302", "a query reads no files", help=declare))
        self.check_parts(found, _PARTS[exp.Table])
        name = [part.name for part in found.parts]
        _, end = extent(found.parts[-1])
        table = Table(".".join(name), self.alias(found) or name[-1], start=start, end=end)
        self.tables.append(table)
        return table

    def alias(self, found: exp.Expr) -> str:
        """What a table or query is called; empty where it says nothing."""
        alias = found.args.get("alias")
        if alias is not None:
            self.check_parts(alias, _PARTS[exp.TableAlias])
        return found.alias

    def join(self, found: exp.Join) -> Join:
        """One `join` with its condition, or a comma."""
        start, end = extent(found)
        if method := found.args.get("method"):
            word = str(method).lower()
            help_ = {"natural": "say which columns with `using`", "asof": "look rows up through a feature"}
            message = f"`{word} join` is not in the language"
            raise SyntaxProblem(Problem(start, start + len(word), "MLC302", message, help=help_.get(word, "")))
        self.check_parts(found, _PARTS[exp.Join])
        kind = _JOINS.get((found.side, found.kind))
        on, using = found.args.get("on"), found.args.get("using") or ()
        comma = self.text[start] == ","
        if kind is None or (kind == "cross" and (on or using)):
            self.refuse(found)
        if not (comma or on or using or kind == "cross"):
            raise SyntaxProblem(Problem(start, end, "MLC301", "expected `on` or `using` after a join"))
        if kind in _BETRAYING_JOINS:
            words = self.text[start : extent(found.this)[0]].rstrip()
            self.betray(start, start + len(words), f"`{kind} join`", _BETRAYING_JOINS[kind])
        relation = self.relation(found.this)
        condition = None if on is None else self.node(on)
        names = tuple(each.name for each in using)
        return Join(cast("JoinKind", "cross" if comma else kind), relation, condition, names, start=start, end=end)

    # Calls

    def node(self, found: exp.Expr) -> Node:
        """One expression; window functions are some too."""
        return self.over(found) if isinstance(found, exp.Window) else super().node(found)

    def call(self, found: exp.Expr) -> Node:
        """A call; an aggregate over a group betrays the future."""
        call = super().call(found)
        if is_aggregate(call):
            why = "an aggregate's value changes when further rows arrive"
            self.betray(call.start, call.end, f"`{found.name.lower() or found.this.name.lower()}`", why)
        return call

    def over(self, found: exp.Window) -> Over:
        """`f(...) over (partition by ... order by ... rows ...)`."""
        if found.args.get("alias"):
            self.refuse(found)
        self.check_parts(found, _PARTS[exp.Window])
        start, end = extent(found)
        call = self.bare_call(found.this)
        aggregate = call.name in functions() and functions()[call.name].aggregate
        if call.name not in WINDOW_FUNCTIONS and not aggregate:
            raise SyntaxProblem(Problem(*call.name_span, "MLC306", f"`{call.name}` is no window function"))
        if call.distinct or call.order or call.filter is not None:
            message = "`distinct`, `order by` and `filter` do not go with `over`"
            raise SyntaxProblem(Problem(start, end, "MLC302", message))
        order = found.args.get("order")
        keys: tuple[Order, ...] = () if order is None else self.keys(order)
        partition = self.nodes(found.args.get("partition_by") or [])
        name = functions()[call.name].name if call.name in functions() else call.name
        self.betrayals.append(Betrayal(start, end, f"window function `{name}`"))
        frame = self.frame(found.args.get("spec"))
        return Over(name, call.args, partition, keys, frame, call.name_span, start=start, end=end)

    def frame(self, found: exp.WindowSpec | None) -> str:
        """`rows between 3 preceding and current row`, as canonical SQL."""
        if found is None:
            return ""
        self.check_parts(found, _PARTS[exp.WindowSpec])
        kind, low, high = str(found.args["kind"]).upper(), self.bound(found, "start"), found.args.get("end")
        return f"{kind} {low}" if high is None else f"{kind} BETWEEN {low} AND {self.bound(found, 'end')}"

    def bound(self, found: exp.WindowSpec, name: str) -> str:
        """One end of a frame."""
        value, side = found.args.get(name), str(found.args.get(f"{name}_side") or "").upper()
        if value == "CURRENT ROW":
            return "CURRENT ROW"
        if side and value == "UNBOUNDED":
            return f"UNBOUNDED {side}"
        if side and isinstance(value, exp.Literal) and not value.is_string and value.name.isdigit():
            return f"{value.name} {side}"
        message = "a frame ends at `current row`, or so many or `unbounded` rows `preceding` or `following`"
        raise SyntaxProblem(Problem(*extent(found), "MLC301", message))

    # What is noted

    def betray(self, start: int, end: int, construct: str, why: str) -> None:
        """Note a construct."""
        self.betrayals.append(Betrayal(start, end, construct, why))

    def refuse(self, found: exp.Expr, words: str = "") -> NoReturn:
        """Name what a query lacks."""
        for kind, (message, help_) in _REFUSED.items():
            if isinstance(found, getattr(exp, kind)):
                raise SyntaxProblem(Problem(*extent(found), "MLC302", message, help=help_))
        super().refuse(found, words)
