"""The names that the expressions of one SELECT may read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.tree import Name, Node, rewrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mlc_compiler.expression.query.bound import Output, Relation
    from mlc_compiler.expression.query.tree import Star
    from mlc_compiler.expression.types import Type


class Frame:
    """The tables of one SELECT, and once they are known its outputs.

    Args:
        relations: the tables.
        using: the columns that `using` makes one of two.
        variables: the parameters.
    """

    def __init__(self, relations: Sequence[Relation], using: set[str], variables: Mapping[str, Type]) -> None:
        self.relations = relations
        self.using = using
        self.variables = variables
        self.outputs: Mapping[str, Output] = {}

    def with_outputs(self, outputs: Iterable[Output]) -> Frame:
        """The same, where an output's name stands for its value unless a column has the name."""
        frame = Frame(self.relations, self.using, self.variables)
        frame.outputs = {output.name: output for output in reversed(list(outputs))}
        return frame

    def owners(self, column: str) -> list[Relation]:
        """The tables that have a column."""
        return [relation for relation in self.relations if column in relation.columns]

    def resolved(self, node: Node) -> Node:
        """The tree with each bare column written with its table, and outputs replaced by their values."""
        return rewrite(node, self._resolve)

    def _resolve(self, node: Node) -> Node | None:
        if not isinstance(node, Name) or len(node.parts) != 1:
            return None
        (word,) = node.parts
        owners = self.owners(word)
        if not owners and word in self.outputs:
            return self.outputs[word].value
        if len(owners) != 1 or word in self.using:
            return None
        return replace(node, parts=(owners[0].alias, word))

    def star(self, star: Star) -> Iterator[tuple[str, Node, Type]]:
        """What a star stands for: each column's name, the column, its type; those of `using` once."""
        merged: set[str] = set()
        for relation in self.relations:
            if star.table not in {None, relation.alias}:
                continue
            for name, type_ in relation.columns.items():
                if star.table is None and name in self.using:
                    if name not in merged:
                        yield name, Name((name,), start=star.start, end=star.end), type_
                    merged.add(name)
                else:
                    yield name, Name((relation.alias, name), start=star.start, end=star.end), type_

    def scope(self, *, aggregates: bool) -> Scope:
        """The scope to type expressions in."""
        columns: dict[str, Type] = {}
        hidden: dict[str, str] = {}
        for relation in self.relations:
            for name, type_ in relation.columns.items():
                if name in columns and name not in self.using:
                    owners = " and ".join(f"`{owner.alias}`" for owner in self.owners(name))
                    hidden[name] = f"{owners} both have it: write `{relation.alias}.{name}`"
                columns.setdefault(name, type_)
        for name in hidden:
            del columns[name]
        columns |= {name: output.type for name, output in self.outputs.items() if name not in hidden}
        tables = {relation.alias: relation.columns for relation in self.relations}
        return Scope(columns, tables, {}, self.variables, aggregates, hidden, group_word="table")
