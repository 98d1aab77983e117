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


class _Reference(NamedTuple):
    section: str
    name: str | None
    place: Place


def check_environment(environment: LoadedEnvironment, specs: Iterable[Loaded]) -> list[Diagnostic]:
    """Every name that the environment should have and has not.

    Args:
        environment: the environment.
        specs: the spec, and the files that it includes.
    """
    specs = list(specs)
    references = [*_of_environment(environment), *(found for spec in specs for found in _of_spec(spec))]
    found = [
        _unknown(reference.section, reference.name, reference.place, environment)
        for reference in references
        if reference.name is not None
        and reference.name not in getattr(environment.environment, reference.section)
        and not environment.is_broken(reference.section, reference.name)
    ]
    return [*found, *_overrides(environment, specs)]


def _overrides(environment: LoadedEnvironment, specs: list[Loaded]) -> Iterator[Diagnostic]:
    """Overrides of what no spec has; where no spec was read, nobody knows."""
    sections = ("training", "serving", "steps")
    known = {name for spec in specs for section in sections for name in getattr(spec.spec, section)}
    lost = any(cut[:1] == (section,) for spec in specs for section in sections for cut in spec.broken)
    for name in environment.environment.overrides if specs and not lost else ():
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1)
            shown = ", ".join(f"`{each}`" for each in sorted(known)[:8])
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
