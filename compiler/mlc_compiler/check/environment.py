"""What specs and an environment ask of the environment by name: connections, secrets, pools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.place import Place
from mlc_compiler.spec.load import Loaded, LoadedEnvironment

_KINDS = {
    "secrets": ("MLC703", "secret", "{env: VARIABLE}"),
    "pools": ("MLC704", "pool", "{cpu: 16, memory: 64Gi}"),
    "connections": ("MLC705", "connection", "{type: folder, path: data}"),
}
"""By section of the environment: the code, the word, and how an entry may look."""


_SECTIONS = ("training", "serving", "steps")
"""The sections whose entries an environment may override."""


class _Reference(NamedTuple):
    section: str
    name: str | None
    place: Place


class Overridable(NamedTuple):
    """What the overrides of an environment may name.

    Attributes:
        names: trainings, servings and steps.
        whole: whether no other can be meant: nothing of these sections was cut out.
    """

    names: frozenset[str] = frozenset()
    whole: bool = True

    def __or__(self, other: Overridable) -> Overridable:
        """Those of more specs."""
        return Overridable(self.names | other.names, self.whole and other.whole)


def overridable(specs: Iterable[Loaded]) -> Overridable:
    """What the overrides of an environment may name, for some specs and the files that they include."""
    found = Overridable()
    for spec in specs:
        names = frozenset(name for section in _SECTIONS for name in getattr(spec.spec, section))
        found |= Overridable(names, not any(cut[:1] == (section,) for section in _SECTIONS for cut in spec.broken))
    return found


def check_asked(environment: LoadedEnvironment, specs: Iterable[Loaded]) -> list[Diagnostic]:
    """Every name that specs, or the files that they include, ask of the environment and that it has not."""
    return _unknowns(environment, (found for spec in specs for found in _of_spec(spec)))


def check_environment(environment: LoadedEnvironment, specs: Iterable[Loaded]) -> list[Diagnostic]:
    """Every name that the environment should have and has not.

    Args:
        environment: the environment.
        specs: the spec, and the files that it includes.
    """
    specs = list(specs)
    return [*check_asked(environment, specs), *check_itself(environment, overridable(specs) if specs else None)]


def check_itself(environment: LoadedEnvironment, known: Overridable | None) -> list[Diagnostic]:
    """Every name that the environment asks of itself and has not, and overrides of what no spec has.

    Args:
        environment: the environment.
        known: what its specs have; None where no spec was read, so that nobody knows.
    """
    return [*_unknowns(environment, _of_environment(environment)), *_overrides(environment, known)]


def _unknowns(environment: LoadedEnvironment, references: Iterable[_Reference]) -> list[Diagnostic]:
    return [
        _unknown(reference.section, reference.name, reference.place, environment)
        for reference in references
        if reference.name is not None
        and reference.name not in getattr(environment.environment, reference.section)
        and not environment.is_broken(reference.section, reference.name)
    ]


def _overrides(environment: LoadedEnvironment, known: Overridable | None) -> Iterator[Diagnostic]:
    for name in environment.environment.overrides if known is not None and known.whole else ():
        assert known is not None
        if name not in known.names:
            near = get_close_matches(name, sorted(known.names), n=1)
            shown = ", ".join(f"`{each}`" for each in sorted(known.names)[:8])
            yield Diagnostic(
                "MLC706",
                f"there is no training, serving or step `{name}`",
                environment.place("overrides", name).key(),
                why="an override of nothing changes nothing",
                help=f"did you mean `{near[0]}`?" if near else f"there are {shown}" if shown else "take it out",
                severity="warning",
            )


def _of_environment(loaded: LoadedEnvironment) -> Iterator[_Reference]:
    for name, connection in loaded.environment.connections.items():
        for key in ("password", "private_key", "access_key", "secret_key"):
            secret = getattr(connection, key, None)
            yield _Reference("secrets", secret, loaded.place("connections", name, key))
    for name, override in loaded.environment.overrides.items():
        if override.resources is not None:
            yield _Reference("pools", override.resources.pool, loaded.place("overrides", name, "resources", "pool"))


def _of_spec(loaded: Loaded) -> Iterator[_Reference]:
    spec = loaded.spec
    for name, source in spec.sources.items():
        if source.read is not None:
            yield _Reference("connections", source.read.connection, loaded.place("sources", name, "read", "connection"))
    for name, serving in spec.serving.items():
        if serving.mode == "batch":
            place = loaded.place("serving", name, "write", "connection")
            yield _Reference("connections", serving.write.connection, place)
    for section, entries in (("training", spec.training), ("steps", spec.steps)):
        for name, entry in entries.items():
            if entry.resources is not None:
                yield _Reference("pools", entry.resources.pool, loaded.place(section, name, "resources", "pool"))
    for name, step in spec.steps.items():
        for argument, secret in step.secrets.items():
            yield _Reference("secrets", secret, loaded.place("steps", name, "secrets", argument))


def _unknown(section: str, name: str, place: Place, environment: LoadedEnvironment) -> Diagnostic:
    code, kind, entry = _KINDS[section]
    near = get_close_matches(name, sorted(getattr(environment.environment, section)), n=1)
    add = f"add `{name}: {entry}` to `{section}` of {environment.file}"
    help_ = f"did you mean `{near[0]}`?" if near else add
    return Diagnostic(code, f"the environment has no {kind} `{name}`", place, help=help_)
