"""A document's plain data, as a model, and all that is wrong with its shape, at once.

What is wrong is cut out and the rest is read again, until it can be read: an unknown key alone, else the field, else
the entry that cannot do without it. So later checks see, and report on, all that is sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import ValidationError

from mlc_compiler.diagnostics.diagnostic import Diagnostic, Edit, Fix
from mlc_compiler.source.limits import MAX_BYTES
from mlc_compiler.source.place import Path, Place
from mlc_compiler.spec.header import Spec
from mlc_compiler.spec.secrets import find_secrets
from mlc_compiler.spec.shape import Shape
from mlc_compiler.spec.translate import Finding, translate
from mlc_compiler.spec.versions import VERSION

if TYPE_CHECKING:
    from mlc_compiler.spec.environment import Environment

Model = TypeVar("Model", bound=Shape)
Loading = tuple[Model, tuple[Diagnostic, ...]]

_STAND_INS = {"mlc": VERSION, "name": "unnamed"}
"""What stands in for the keys without which no spec can be read."""


class Readable(Protocol):
    """What is needed of a document."""

    @property
    def file(self) -> str:
        """The name of its file, as diagnostics show it."""

    @property
    def data(self) -> Mapping[str, Any] | None:
        """Its plain data; none where its text could not be read, which the reader has reported."""


@dataclass(frozen=True)
class _Loaded:
    """What was read, and what was not.

    Attributes:
        file: the document's file.
        data: the document's plain data.
        diagnostics: all that is wrong with the shape.
        broken: the paths of what was cut out.
    """

    file: str
    data: Mapping[str, Any]
    diagnostics: tuple[Diagnostic, ...]
    broken: frozenset[Path]

    def is_broken(self, *path: str | int) -> bool:
        """Whether something was cut out at this path, above it, or below it."""
        return any(cut[: len(path)] == path[: len(cut)] for cut in self.broken)

    def place(self, *path: str | int, inside: tuple[int, int] | None = None) -> Place:
        """The place of a piece of the model; a path into the long form of what is written short stands for that."""
        return Place(self.file, _written(self.data, path), inside=inside)

    def exact(self, place: Place) -> Place:
        """A place of the model as a place of the document, as `place` finds it."""
        return replace(place, path=_written(self.data, place.path))


@dataclass(frozen=True)
class Loaded(_Loaded):
    """A spec as read: `spec` holds all of it that is sound."""

    spec: Spec


@dataclass(frozen=True)
class LoadedEnvironment(_Loaded):
    """An environment as read: `environment` holds all of it that is sound."""

    environment: Environment


def load_spec(document: Readable) -> Loaded:
    """Read a spec; what is wrong with it is in `diagnostics`, never raised."""
    model, diagnostics, broken = _load(Spec, document, _STAND_INS)
    return Loaded(document.file, document.data or {}, diagnostics, broken, model)


def load_environment(document: Readable) -> LoadedEnvironment:
    """Read an environment; what is wrong with it is in `diagnostics`, never raised."""
    from mlc_compiler.spec.environment import Environment  # most commands read none, and its models take time

    model, diagnostics, broken = _load(Environment, document, {})
    return LoadedEnvironment(document.file, document.data or {}, diagnostics, broken, model)


def load_settings(model: type[Model], environment: Mapping[str, Any], target: str, file: str) -> Loading[Model]:
    """Read the settings of a target.

    Args:
        model: of the settings.
        environment: the environment as plain data.
        target: the target's name.
        file: the name of the environment's file.

    Returns:
        All of them that is sound, and what is wrong with the rest.
    """
    written = environment.get("targets", {}).get(target, {})
    sound, diagnostics, _ = _shape(model, file, written, {})
    above = ("targets", target)
    return sound, tuple(replace(each, place=replace(each.place, path=above + each.place.path)) for each in diagnostics)


def _load(
    model: type[Model], document: Readable, stand_ins: Mapping[str, Any]
) -> tuple[Model, tuple[Diagnostic, ...], frozenset[Path]]:
    if document.data is None:
        return model.model_validate(stand_ins), (), frozenset()
    sound, diagnostics, broken = _shape(model, document.file, document.data, stand_ins)
    return sound, (*diagnostics, *find_secrets(document.data, document.file)), broken


def _shape(
    model: type[Model], file: str, written: Mapping[str, Any], stand_ins: Mapping[str, Any]
) -> tuple[Model, tuple[Diagnostic, ...], frozenset[Path]]:
    """Cut out what is wrong until the rest can be read; that, the findings, and the paths of what was cut."""
    data: Any = written
    findings: list[Finding] = []
    broken = _Cuts()
    while True:
        try:
            sound = model.model_validate(data)
        except ValidationError as error:
            if data is written:
                data = _copy(data)
            found = [translate(detail, model, data) for detail in error.errors(include_url=False)]
            # An unknown key explains why another is missing, and so comes first.
            found.sort(key=lambda finding: finding.code != "MLC101")
            findings += _cut_all(data, found, broken)
            for key, value in stand_ins.items():
                data.setdefault(key, value)
        else:
            break
    return sound, tuple(_diagnostic(file, written, finding) for finding in findings), frozenset(broken.paths)


class _Cuts:
    """What was cut out of a document."""

    def __init__(self) -> None:
        self.paths: set[Path] = set()
        self._above: set[Path] = set()

    def add(self, path: Path) -> None:
        """Note that what stood at a path is gone."""
        self.paths.add(path)
        self._above.update(path[:depth] for depth in range(len(path) + 1))

    def has(self, path: Path) -> bool:
        """Whether something was cut at a path or below it."""
        return path in self._above

    def includes(self, path: Path) -> bool:
        """Whether something was cut at a path or above it."""
        return any(path[:depth] in self.paths for depth in range(1, len(path) + 1))


def _cut_all(data: Any, found: list[Finding], broken: _Cuts) -> list[Finding]:
    """Take out of the data what the findings are about, and note it in `broken`.

    Returns:
        The findings that are news: those of something missing, and missing only because it was cut, are not.
    """
    news = []
    for finding in found:
        is_news = finding.code == "MLC101" or not any(broken.has(absent) for absent in finding.absent)
        if is_news:
            news.append(finding)
        # Where the key on which this one depends was cut, the entry has no form left that could be judged.
        path = finding.cut if is_news or finding.code != "MLC104" else finding.cut[:-1]
        if not broken.includes(path):
            _cut(data, path, broken)
        if finding.code == "MLC101":
            for meant in finding.absent:
                broken.add(meant)
    return news


def _cut(data: Any, path: Path, broken: _Cuts) -> None:
    path = _existing(data, path)
    while path and isinstance(path[-1], int):
        path = path[:-1]
    if path:
        holder = data
        for part in path[:-1]:
            holder = holder[part]
        del holder[path[-1]]
        broken.add(path)


def _existing(data: Any, path: Path) -> Path:
    """The part of a path that leads somewhere."""
    for depth, part in enumerate(path):
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        if not inside:
            return path[:depth]
        data = data[part]
    return path


def _copy(value: Any) -> Any:
    """A copy without shared parts, in which cutting one place leaves the others whole."""
    if isinstance(value, Mapping):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _written(data: Any, path: Path) -> Path:
    """A path as far as a scalar: nothing is missing in a scalar, so what lies below is the long form's."""
    for depth, part in enumerate(path):
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list):
            data = data[part] if isinstance(part, int) and part < len(data) else None
        elif data is not None:
            return path[:depth]
    return path


def _diagnostic(file: str, data: Mapping[str, Any], finding: Finding) -> Diagnostic:
    place = Place(file, _written(data, finding.path), "key" if finding.on_key else "value")
    fix = None
    if finding.replacement:
        # Within the value: the quotes around it stay.
        edited = place if finding.on_key else place.within(0, MAX_BYTES)
        fix = Fix(f"write `{finding.replacement}`", (Edit(edited, finding.replacement),))
    return Diagnostic(finding.code, finding.message, place, finding.why, finding.help, fix=fix)
