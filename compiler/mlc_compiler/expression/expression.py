"""A parsed expression, and the names that it reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.tree import Call, Name, Node, Variable, walk


@dataclass(frozen=True)
class Expression:
    """A parsed expression: its text as written, and its tree."""

    text: str
    tree: Node

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """Every name, in the order of the text, as often as it stands there."""
        return tuple(node for node in walk(self.tree) if isinstance(node, Name))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The bare words, each once, in the order of the text."""
        return tuple(dict.fromkeys(name.parts[0] for name in self.names if len(name.parts) == 1))

    @cached_property
    def features(self) -> tuple[tuple[str, str], ...]:
        """The names of two parts, `group.column`, each once."""
        return tuple(dict.fromkeys((name.parts[0], name.parts[1]) for name in self.names if len(name.parts) == 2))

    @cached_property
    def dotted(self) -> tuple[tuple[str, ...], ...]:
        """The names of two parts and more, such as `training.live.part.metric`, each once."""
        return tuple(dict.fromkeys(name.parts for name in self.names if len(name.parts) > 1))

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """What stands after a `$`, each once."""
        return tuple(dict.fromkeys(node.name for node in walk(self.tree) if isinstance(node, Variable)))

    @cached_property
    def aggregates(self) -> tuple[Call, ...]:
        """The aggregates, each once."""
        return tuple(dict.fromkeys(n for n in walk(self.tree) if isinstance(n, Call) and functions()[n.name].aggregate))
