"""Feature groups, as they are evaluated for one set of examples."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from mlc_compiler.check.entries import File, reachable
from mlc_compiler.check.facts import Group, Lookup, Source, Typed
from mlc_compiler.check.findings import Findings, plain
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.tree import Name, Node, rewrite
from mlc_compiler.expression.types import TIMESTAMP, UNKNOWN, Type, parse_type, unify
from mlc_compiler.source.place import Place
from mlc_compiler.spec.call import Call
from mlc_compiler.spec.examples import Label
from mlc_compiler.spec.features import FeatureGroup
from mlc_compiler.spec.values import Piece


@dataclass
class Groups:
    """Feature groups for some examples, found as they are asked for.

    Attributes:
        known: every group of the spec, with its file.
        broken: names of groups that were cut out.
        sources: the facts of the sources.
        columns: the example's own columns.
        timed: whether the examples have a moment.
        parameters: the types of the run's parameters.
        found: the facts of those asked for so far; None where a group is not sound.
    """

    known: Mapping[str, tuple[FeatureGroup, File]]
    broken: Container[str]
    sources: Mapping[str, Source]
    columns: Mapping[str, Type]
    timed: bool
    parameters: Mapping[str, Type]
    findings: Findings
    found: dict[str, Group | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def get(self, name: str, place: Place) -> Group | None:
        """The facts of a group that is referred to at `place`; findings where there are none."""
        if name in self.found:
            return self.found[name]
        if name not in self.known:
            if name not in self.broken:
                self.findings.unknown("feature group", name, self.known, place, of=f"{name}.")
            return None
        if name in self.asked:
            self._circle(name)
            return None
        self.asked.append(name)
        spec, file = self.known[name]
        self.found[name] = self._group(name, spec, file)
        self.asked.remove(name)
        return self.found[name]

    def types(self) -> dict[str, Mapping[str, Type]]:
        """The columns of the groups found so far; of one that is not sound, those that it was to have."""
        return {
            name: _types(self.known[name][0], {}) if group is None else group.columns
            for name, group in self.found.items()
        }

    def qualified(self, text: str, file: File | None) -> str:
        """A column, or a file's `group.column` by the name by which the spec knows the group."""
        if file is None or text in self.columns:
            return text
        group, _, column = text.rpartition(".")
        return f"{reachable(group, file, self.known)}.{column}" if group else column

    def scope(self, text: str, place: Place, file: File | None = None) -> Scope:
        """What an expression over an example may read: the groups that it names are looked up first.

        Args:
            text: the expression.
            place: where it stands.
            file: whose names it reads; None for the spec's.
        """
        expression, _ = parse(text)
        for written in read_names(expression.dotted if expression is not None else ()):
            name = reachable(written, file, self.known) if file is not None else written
            if name in self.known:
                self.get(name, place)
        variables = dict(self.parameters) | {"as_of": TIMESTAMP}
        hidden: dict[str, str] = {}
        if self.timed:
            variables["at"] = TIMESTAMP
        else:
            hidden["$at"] = "these examples have no moment: their source has no `time`"
        types = self.types()
        included = {
            (*name.split("."), column): kind
            for name, columns in types.items()
            if "." in name
            for column, kind in columns.items()
        }
        own = {name: columns for name, columns in types.items() if "." not in name}
        if file is not None and file.alias:
            beginning = f"{file.alias}."
            own |= {name.removeprefix(beginning): types[name] for name in types if name.startswith(beginning)}
        return Scope(self.columns, own, included, variables=variables, hidden=hidden, columns_of="the example")

    def _circle(self, name: str) -> None:
        circle = self.asked[self.asked.index(name) :]
        first = circle.index(min(circle))
        names = [*circle[first:], *circle[:first]]
        self.findings.add(
            "MLC203",
            "these feature groups read each other: " + " -> ".join(f"`{group}`" for group in (*names, names[0])),
            place_of(names[0], self.known[names[0]][1]).key(),
            help="compute one of them from the example's own columns",
        )
        self.found[name] = None

    def _group(self, name: str, spec: FeatureGroup, file: File) -> Group | None:
        place = place_of(name, file)
        if spec.from_ is not None:
            return self._lookup(name, spec, file, place)
        if spec.use is not None:
            return self._function(name, spec, file, place)
        return self._computed(name, spec, file, place)

    def _lookup(self, name: str, spec: FeatureGroup, file: File, place: Place) -> Group | None:
        assert spec.from_ is not None
        source = self.sources.get(reachable(spec.from_, file, self.sources))
        if source is None:
            return None
        lookup = lookup_facts(self, source, spec, place, file)
        expressions: dict[str, Typed] = {}
        for piece in spec.items():
            typed = lookup_value(self, source, piece, place, listed=not isinstance(spec.columns, dict))
            if typed is not None:
                expressions[piece.name] = typed
        if lookup is None:
            return None
        joined = [mine for mine, _ in lookup.join]
        return Group(
            name,
            place,
            _types(spec, expressions),
            lookup=lookup,
            expressions=expressions,
            reads=tuple(mine for mine in joined if mine in self.columns),
            groups=tuple(dict.fromkeys(mine.rpartition(".")[0] for mine in joined if mine not in self.columns)),
        )

    def _computed(self, name: str, spec: FeatureGroup, file: File, place: Place) -> Group:
        expressions: dict[str, Typed] = {}
        for piece in spec.items():
            here = place.child(*piece.path)
            if not isinstance(spec.columns, dict) and piece.text in self.columns:
                expressions[piece.name] = plain(piece.text, self.columns[piece.text], here)
                continue
            typed = self.findings.typed(piece.text, here, self.scope(piece.text, here, file))
            if typed is not None and storable(typed, self.findings):
                expressions[piece.name] = typed._replace(expression=self._qualified_all(typed.expression, file))
        return Group(
            name,
            place,
            _types(spec, expressions),
            expressions=expressions,
            reads=tuple(dict.fromkeys(column for typed in expressions.values() for column in typed.expression.columns)),
            groups=read_groups(expressions.values()),
        )

    def _qualified_all(self, expression: Expression, file: File) -> Expression:
        """A file's expression, whose groups have the names by which the spec knows them."""

        def qualify(node: Node) -> Node | None:
            if not isinstance(node, Name) or len(node.parts) == 1:
                return None
            return replace(node, parts=tuple(self.qualified(node.text, file).split(".")))

        return Expression(expression.text, rewrite(expression.tree, qualify)) if file.alias else expression

    def _function(self, name: str, spec: FeatureGroup, file: File, place: Place) -> Group:
        arguments: dict[str, str] = {}
        groups: dict[str, None] = {}
        for argument, written in spec.inputs.items():
            here = place.child("inputs", argument)
            text = self.qualified(written, file)
            if self.input_type(text, here) is not None:
                arguments[argument] = text
                if text not in self.columns:
                    groups[text.rpartition(".")[0]] = None
        columns: dict[str, Type] = {}
        for piece in spec.items():
            kind = parse_type(piece.text)
            columns[piece.name] = kind or UNKNOWN
            if kind is None:
                self.findings.add(
                    "MLC112",
                    f"`{piece.text}` is no column type",
                    place.child(*piece.path),
                    why="with `use`, `columns` says the types of what the function returns",
                    help="write a map such as `{score: float}`",
                )
        assert spec.use is not None
        return Group(
            name,
            place,
            columns,
            call=Call(use=spec.use, **{"with": spec.with_}),
            arguments=arguments,
            reads=tuple(text for text in arguments.values() if text in self.columns),
            groups=tuple(groups),
        )

    def input_type(self, text: str, place: Place) -> Type | None:
        """The type of an example's column or a `group.column`; None, with a finding, where it is neither."""
        if text in self.columns:
            return self.columns[text]
        group_name, _, column = text.rpartition(".")
        if not group_name:
            self.findings.unknown("column", text, self.columns, place, code="MLC204")
            return None
        group = self.get(group_name, place)
        if group is None:
            return None
        if column not in group.columns:
            self.findings.unknown(f"column of `{group_name}`", column, group.columns, place, code="MLC204", of=text)
            return None
        return group.columns[column]


def _types(spec: FeatureGroup, expressions: Mapping[str, Typed]) -> dict[str, Type]:
    """The types of a group's columns; unknown, which fits everywhere, where an expression is not sound."""
    return {
        piece.name: expressions[piece.name].type if piece.name in expressions else UNKNOWN for piece in spec.items()
    }


def place_of(name: str, file: File) -> Place:
    """Where a feature group stands."""
    return file.place("features", name.removeprefix(f"{file.alias}.") if file.alias else name)


def lookup_facts(
    groups: Groups, source: Source, spec: FeatureGroup | Label, place: Place, file: File | None = None
) -> Lookup | None:
    """How a group, or a label over a window, looks rows up; None where a join is not sound.

    Args:
        groups: the groups that its keys may be columns of.
        source: whose rows are looked up.
        spec: as written.
        place: where it stands.
        file: whose names it reads; None for the spec's.
    """
    findings = groups.findings
    join: list[tuple[str, str]] = []
    sound = True
    for piece in spec.join_items():
        here = place.child(*piece.path)
        mine, theirs = groups.qualified(piece.name, file), piece.text
        left = groups.input_type(mine, here.key() if isinstance(spec.join, dict) else here)
        if theirs not in source.columns:
            # One word that neither side has is one mistake.
            if left is not None or isinstance(spec.join, dict):
                findings.unknown(f"column of source `{source.name}`", theirs, source.columns, here, code="MLC204")
            sound = False
        elif left is None:
            sound = False
        elif unify(left, source.columns[theirs]) is None:
            findings.add(
                "MLC304",
                f"`{mine}` is a `{left}`, and `{theirs}` of `{source.name}` a `{source.columns[theirs]}`",
                here,
                why="columns of these types are never equal",
                help="join on columns of one type",
                related=(Related(source.place.child("columns", theirs), "the source's column"),),
            )
            sound = False
        else:
            join.append((mine, theirs))
    where = None
    if spec.where is not None:
        where = findings.typed(spec.where, place.child("where"), source_scope(groups, source), expect="bool")
        sound = sound and where is not None
    window: tuple[int | None, int] = (None, 0)
    if spec.window is not None:
        if source.time is None:
            findings.add(
                "MLC404",
                f"a window over `{source.name}`, which has no `time`",
                place.child("window"),
                why="a window is a range of the rows' times",
                help="leave the window out, or give the source its `time`",
                related=(Related(source.place.key(), "the source"),),
            )
        window = (spec.window.start.micros if spec.window.start else None, spec.window.end.micros)
    refresh = spec.refresh if isinstance(spec, FeatureGroup) else None
    return (
        Lookup(source.name, tuple(sorted(join)), window, where, refresh.micros if refresh else None) if sound else None
    )


def source_scope(groups: Groups, source: Source, *, aggregates: bool = False) -> Scope:
    """What an expression over looked-up rows may read."""
    variables = dict(groups.parameters)
    if groups.timed:
        variables["at"] = TIMESTAMP
    hidden = {
        name: f"`{name}` is the example's column; an expression of a looked-up group reads the rows of `{source.name}`"
        for name in groups.columns
        if name not in source.columns
    }
    return Scope(
        source.columns,
        variables=variables,
        aggregates=aggregates,
        hidden=hidden,
        columns_of=f"source `{source.name}`",
    )


def lookup_value(groups: Groups, source: Source, piece: Piece, place: Place, *, listed: bool) -> Typed | None:
    """A looked-up column's expression."""
    here = place.child(*piece.path)
    if listed and piece.text in source.columns:
        return plain(piece.text, source.columns[piece.text], here)
    typed = groups.findings.typed(piece.text, here, source_scope(groups, source, aggregates=True))
    return typed if typed is not None and storable(typed, groups.findings) else None


def storable(typed: Typed, findings: Findings) -> bool:
    """Whether a column can hold the expression's values; a finding where not."""
    if typed.type.kind not in ("interval", "null"):
        return True
    findings.add(
        "MLC314",
        f"a column cannot hold a `{typed.type}`",
        typed.place,
        help="use `epoch(...)` or `date_diff('second', a, b)` for a number"
        if typed.type.kind == "interval"
        else "cast it, as in `null::float`",
    )
    return False


def read_groups(expressions: Iterable[Typed | None]) -> tuple[str, ...]:
    """The groups that some expressions read, each once."""
    return read_names(parts for typed in expressions if typed is not None for parts in typed.expression.dotted)


def with_read(names: Iterable[str], groups: Mapping[str, Group]) -> tuple[str, ...]:
    """Some groups with all that they read, in the order of `groups`; those that are not in it are left out."""
    todo, found = list(names), set[str]()
    while todo:
        name = todo.pop()
        if name not in found and name in groups:
            found.add(name)
            todo += groups[name].groups
    return tuple(name for name in groups if name in found)


def read_names(dotted: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The groups of names such as `group.column`, each once."""
    return tuple(dict.fromkeys(".".join(group) for *group, _ in dotted))
