"""The names that may stand where the cursor is, each with what it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple

from mlc_compiler.check.conditions import PARTS
from mlc_compiler.check.entries import File, reachable
from mlc_compiler.check.metrics import is_code
from mlc_compiler.check.signatures import estimators, signature
from mlc_compiler.check.training import CONFUSION
from mlc_compiler.editor.code import defined
from mlc_compiler.editor.cursor import Spot
from mlc_compiler.editor.names import has_from, rows
from mlc_compiler.editor.slots import (
    Argument,
    Column,
    Condition,
    Counts,
    Entry,
    Estimator,
    Feature,
    Formula,
    Function,
    Given,
    Join,
    Metric,
    Outside,
    Overridden,
    Produced,
    Query,
    slot,
)
from mlc_compiler.editor.view import View, at, mapping
from mlc_compiler.editor.words import about_function, type_text
from mlc_compiler.expression import functions as catalogue
from mlc_compiler.source.problem import Extent
from mlc_runtime.metrics_catalogue import COUNTED, METRICS

Sort = Literal["entry", "column", "function", "metric", "parameter", "class", "argument", "part"]

_WORD: Final = re.compile(r"[\w$.]*$")
_CALL: Final = re.compile(r"[\w:.]*$")
_TABLE: Final = re.compile(
    r"\b(?:from|join)\s+([a-z][\w.]*)"
    r"(?:\s+(?:as\s+)?(?!on\b|using\b|where\b|join\b|left\b|inner\b|group\b|order\b|union\b)([a-z]\w*))?",
    re.IGNORECASE,
)
"""A table of a query and its alias; a query that is half typed is not read in full."""

_TABLE_NEXT: Final = re.compile(r"\b(?:from|join)\s+[\w.]*$", re.IGNORECASE)
_BUILT_IN: Final = {"at": "the moment of prediction", "as_of": "the run's logical time"}


class Item(NamedTuple):
    """Something that may be written.

    Attributes:
        label: what is written.
        sort: what sort of thing it is.
        detail: its type, or what it belongs to.
        documentation: more about it, as Markdown.
    """

    label: str
    sort: Sort
    detail: str = ""
    documentation: str = ""


class Completion(NamedTuple):
    """What may stand at a cursor.

    Attributes:
        items: the best first.
        extent: the text before the cursor that an item replaces.
        quoted: an item needs quotes around it.
    """

    items: tuple[Item, ...]
    extent: Extent
    quoted: bool


def complete(view: View, found: Spot, offset: int) -> Completion:
    """What may stand at a cursor.

    Args:
        view: of the text as mended around the cursor.
        found: where the cursor stands.
        offset: of the cursor in the text.
    """
    file = next((file for file in view.files if file.name == view.file), None)
    pattern = _CALL if isinstance(_slot(file, found), Estimator | Function | Metric) else _WORD
    word = (pattern.search(found.before) or [""])[0]
    if _in_text(found.before):
        return Completion((), (offset, offset), quoted=False)
    items = {item.label: item for item in _items(view, file, found, word)}
    fitting = tuple(item for label, item in items.items() if label != word)
    return Completion(fitting, (offset - len(word), offset), found.bare)


def _in_text(before: str) -> bool:
    """Whether the cursor stands in a text within an expression."""
    return before.count("'") % 2 == 1


def _slot(file: File | None, found: Spot) -> object:
    looks_up = has_from(file, found.path) if file is not None else True
    return slot(found.path, found.on, looks_up=looks_up)


def _items(view: View, file: File | None, found: Spot, word: str) -> Iterator[Item]:
    match _slot(file, found):
        case Outside(kind):
            for name in mapping(view.environment.data, kind) if view.environment else ():
                yield Item(name, "entry", kind.removesuffix("s"))
            return
        case Overridden():
            for main in view.files[:1]:
                yield from (item for section in ("training", "serving", "steps") for item in _entries(main, section))
            return
        case holds:
            if file is None:
                return
    path = found.path
    match holds:
        case Entry(sections):
            for section in sections:
                yield from _named(view, file, section, skip=str(path[1]) if section == path[0] else "")
        case Column(of, groups):
            yield from _columns(view, rows(view, file, path, of))
            if groups:
                yield from _features(view, file)
        case Join():
            yield from _join(view, rows(view, file, path, "from"), rows(view, file, path, "example"))
        case Formula(of, groups):
            yield from _formula(view, file, rows(view, file, path, of), word, groups=groups, at=of != "own")
        case Condition():
            yield from _condition(view, file, word)
        case Counts():
            yield from (_metric(name) for name in COUNTED)
            yield from (Item(name, "column", "int", "a count of the confusion matrix") for name in CONFUSION)
            yield from _parameters(file)
        case Query():
            yield from _query(view, file, found, word)
        case Feature(columns):
            if not columns:
                yield from _named(view, file, "features")
                yield from (
                    Item(f"{name}.prediction", "column", "out-of-fold prediction")
                    for name in mapping(file.loaded.data, "training")
                    if name != path[1]
                )
            yield from _features(view, file)
        case Metric():
            yield from _metrics(view, file, found)
            if "metrics" in path:
                yield from _code(view, "function")
        case Function():
            yield from _code(view, "function")
        case Given():
            for prefix in ("sources", "examples", "training"):
                yield from (item._replace(label=f"{prefix}.{item.label}") for item in _named(view, file, prefix))
            yield from _outputs(file)
        case Produced():
            yield from _outputs(file, only="file")
        case Estimator(stage):
            yield from _code(view, "class", "function")
            yield from (
                Item(name, "class", kind)
                for name, kind in estimators().items()
                if (kind == "transformer") == stage and _is_near(name, word)
            )
        case Argument(grid):
            yield from _arguments(file, found, grid=grid)


def _code(view: View, *kinds: str) -> Iterator[Item]:
    """The functions and classes of the project."""
    for each in defined(Path(view.file).parent):
        if each.kind in kinds:
            yield Item(each.use, "function" if each.kind == "function" else "class", each.kind, each.summary)


def _is_near(name: str, word: str) -> bool:
    """Whether a long path is worth offering: it goes on from what is typed, or its last part does."""
    return not word or word.lower() in name.lower()


def _entries(file: File, section: str) -> Iterator[Item]:
    yield from (Item(name, "entry", section) for name in mapping(file.loaded.data, section))


def _named(view: View, file: File, section: str, skip: str = "") -> Iterator[Item]:
    """The entries of a section by the names that a file may write."""
    if section not in {"sources", "features"}:
        yield from (item for item in _entries(file, section) if item.label != skip)
        return
    for name, columns in (view.sources if section == "sources" else view.groups).items():
        local = _local(name, file)
        if local != skip:
            listed = ", ".join(f"`{column}`" for column in columns)
            yield Item(local, "entry", "source" if section == "sources" else "feature group", listed)


def _local(name: str, file: File) -> str:
    return name.removeprefix(f"{file.alias}.") if file.alias else name


def _columns(view: View, sources: Iterable[str]) -> Iterator[Item]:
    for source in sources:
        for name, kind in view.sources[source].items():
            yield Item(name, "column", type_text(kind), f"column of source `{source}`")


def _join(view: View, looked_up: Iterable[str], examples: Iterable[str]) -> Iterator[Item]:
    """The columns that both sides have, the key of the source first."""
    theirs = {item.label for item in _columns(view, examples)}
    both = [item for item in _columns(view, looked_up) if item.label in theirs or not theirs]
    sound = view.program.sources if view.program else {}
    keys = {name for source in looked_up if source in sound for name in sound[source].key}
    yield from sorted(both, key=lambda item: item.label not in keys)


def _features(view: View, file: File) -> Iterator[Item]:
    for group, columns in view.groups.items():
        for name, kind in columns.items():
            yield Item(f"{_local(group, file)}.{name}", "column", type_text(kind), f"column of feature group `{group}`")


def _parameters(file: File, *, at: bool = False) -> Iterator[Item]:
    for name, parameter in mapping(file.loaded.data, "parameters").items():
        kind = parameter.get("type") if isinstance(parameter, dict) else ""
        yield Item(f"${name}", "parameter", str(kind), "parameter of the run")
    if at:
        yield from (Item(f"${name}", "parameter", "timestamp", text) for name, text in _BUILT_IN.items())


def _formula(view: View, file: File, sources: tuple[str, ...], word: str, *, groups: bool, at: bool) -> Iterator[Item]:
    if word.startswith("$"):
        yield from _parameters(file, at=at)
        return
    if "." not in word:
        yield from _columns(view, sources)
    if groups:
        yield from _features(view, file)
    if "." not in word:
        yield from _parameters(file, at=at)
        yield from (_function(each) for name, each in catalogue.functions().items() if name == each.name)


def _function(function: catalogue.Function) -> Item:
    kind = "aggregate" if function.aggregate else "function"
    return Item(function.name, "function", kind, about_function(function))


def _condition(view: View, file: File, word: str) -> Iterator[Item]:
    if word.startswith("$"):
        yield from _parameters(file)
        return
    for name, training in mapping(file.loaded.data, "training").items():
        for metric in _metrics_of(view, training):
            for part in PARTS:
                yield metric._replace(label=f"{name}.{part}.{metric.label}", sort="part")
                yield metric._replace(label=f"{name}.live.{part}.{metric.label}", sort="part")
    yield from _outputs(file)
    if "." not in word:
        yield from _parameters(file)


def _outputs(file: File, only: str = "") -> Iterator[Item]:
    for step, entry in mapping(file.loaded.data, "steps").items():
        for output, kind in mapping(entry, "outputs").items():
            if only in {"", kind}:
                yield Item(f"{step}.{output}", "column", str(kind), f"output of step `{step}`")


def _query(view: View, file: File, found: Spot, word: str) -> Iterator[Item]:
    """After `from` and `join` sources; elsewhere the columns of the sources that the query names, and functions."""
    if _TABLE_NEXT.search(found.before):
        yield from _named(view, file, "sources")
        return
    written = (each.groups() for each in _TABLE.finditer(found.before + found.after))
    tables = {alias or name: reachable(name, file, view.sources) for name, alias in written}
    prefix, dot, _ = word.rpartition(".")
    for alias, source in tables.items():
        if source in view.sources and (not dot or alias == prefix):
            for item in _columns(view, [source]):
                yield item._replace(label=f"{prefix}{dot}{item.label}")
    if not dot:
        yield from (_function(each) for name, each in catalogue.functions().items() if name == each.name)


def _metric(name: str) -> Item:
    metric = METRICS[name]
    return Item(name, "metric", f"{metric.direction}, of {' and '.join(metric.tasks)}", metric.summary)


def _metrics(view: View, file: File, found: Spot) -> Iterator[Item]:
    """Metrics that fit the label; where one is chosen by, those of the training and in the right direction."""
    data, section, name = file.loaded.data, found.path[0], str(found.path[1])
    training = name
    if section == "experiments":
        service = at(data, "experiments", name, "service")
        training = str(at(data, "serving", str(service), "model"))
    direction = found.path[-1] if found.path[-2] == "select" else None
    for item in _metrics_of(view, at(data, "training", training)):
        known = METRICS.get(item.label)
        if known is None and "metrics" in found.path:
            continue
        if direction is None or known is None or known.direction == direction:
            yield item


def _metrics_of(view: View, training: object) -> Iterator[Item]:
    """The training's own functions, then what mlc knows and fits its label."""
    written = at(training, "metrics")
    for metric in written if isinstance(written, list) else ():
        use = metric if isinstance(metric, str) else at(metric, "use")
        if isinstance(use, str) and is_code(use):
            yield Item(use.replace(":", ".").rpartition(".")[2], "metric", "the spec's own", use)
    examples = view.program.examples.get(str(at(training, "examples"))) if view.program else None
    task = examples.task if examples else None
    yield from (_metric(each.name) for each in METRICS.values() if task is None or task in each.tasks)


def _arguments(file: File, found: Spot, *, grid: bool) -> Iterator[Item]:
    data = file.loaded.data
    training = found.path[:2]
    own = at(data, *(training if grid else found.path[:-2]), *(("model",) if grid else ()))
    yield from _arguments_of(own, "")
    for stage, call in mapping(data, *training, "prepare").items() if grid else ():
        yield from _arguments_of(call, f"{stage}.")


def _arguments_of(call: object, prefix: str) -> Iterator[Item]:
    use = call if isinstance(call, str) else at(call, "use")
    known = signature(use) if isinstance(use, str) else None
    for name in sorted(known.arguments) if known else ():
        yield Item(f"{prefix}{name}", "argument", f"argument of {str(use).replace(':', '.').rpartition('.')[2]}")
