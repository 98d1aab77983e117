"""What can be offered where a name may stand, kind by kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple

from mlc_compiler.check.conditions import PARTS
from mlc_compiler.check.entries import File, reachable
from mlc_compiler.check.metrics import is_code
from mlc_compiler.check.signatures import signature
from mlc_compiler.editor.code import defined
from mlc_compiler.editor.cursor import Spot
from mlc_compiler.editor.view import View, at, mapping
from mlc_compiler.editor.words import about_function, type_text
from mlc_compiler.expression import functions as catalogue
from mlc_runtime.metrics_catalogue import METRICS

Sort = Literal["entry", "column", "function", "metric", "parameter", "class", "argument", "part"]

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


def code_of(view: View, *kinds: str) -> Iterator[Item]:
    """The functions and classes of the project."""
    for each in defined(Path(view.file).parent):
        if each.kind in kinds:
            yield Item(each.use, "function" if each.kind == "function" else "class", each.kind, each.summary)


def is_near(name: str, word: str) -> bool:
    """Whether a long path is worth offering: it goes on from what is typed, or its last part does."""
    return not word or word.lower() in name.lower()


def entries(file: File, section: str) -> Iterator[Item]:
    """The entries of a section of a file."""
    yield from (Item(name, "entry", section) for name in mapping(file.loaded.data, section))


def named(view: View, file: File, section: str, skip: str = "") -> Iterator[Item]:
    """The entries of a section by the names that a file may write."""
    if section not in {"sources", "features"}:
        yield from (item for item in entries(file, section) if item.label != skip)
        return
    for name, columns in (view.sources if section == "sources" else view.groups).items():
        local = _local(name, file)
        if local != skip:
            listed = ", ".join(f"`{column}`" for column in columns)
            yield Item(local, "entry", "source" if section == "sources" else "feature group", listed)


def _local(name: str, file: File) -> str:
    return name.removeprefix(f"{file.alias}.") if file.alias else name


def columns(view: View, sources: Iterable[str]) -> Iterator[Item]:
    """The columns of some sources, with their types."""
    for source in sources:
        for name, kind in view.sources[source].items():
            yield Item(name, "column", type_text(kind), f"column of source `{source}`")


def join(view: View, looked_up: Iterable[str], examples: Iterable[str]) -> Iterator[Item]:
    """The columns that both sides have, the key of the source first."""
    theirs = {item.label for item in columns(view, examples)}
    both = [item for item in columns(view, looked_up) if item.label in theirs or not theirs]
    sound = view.program.sources if view.program else {}
    keys = {name for source in looked_up if source in sound for name in sound[source].key}
    yield from sorted(both, key=lambda item: item.label not in keys)


def features(view: View, file: File) -> Iterator[Item]:
    """The columns of all feature groups, with their types."""
    for group, columns in view.groups.items():
        for name, kind in columns.items():
            yield Item(f"{_local(group, file)}.{name}", "column", type_text(kind), f"column of feature group `{group}`")


def parameters(file: File, *, at: bool = False) -> Iterator[Item]:
    """The run's parameters; with `at`, what is built in, too."""
    for name, parameter in mapping(file.loaded.data, "parameters").items():
        kind = parameter.get("type") if isinstance(parameter, dict) else ""
        yield Item(f"${name}", "parameter", str(kind), "parameter of the run")
    if at:
        yield from (Item(f"${name}", "parameter", "timestamp", text) for name, text in _BUILT_IN.items())


def formula(view: View, file: File, sources: tuple[str, ...], word: str, *, groups: bool, at: bool) -> Iterator[Item]:
    """What an expression may read and call."""
    if word.startswith("$"):
        yield from parameters(file, at=at)
        return
    if "." not in word:
        yield from columns(view, sources)
    if groups:
        yield from features(view, file)
    if "." not in word:
        yield from parameters(file, at=at)
        yield from (_function(each) for name, each in catalogue.functions().items() if name == each.name)


def _function(function: catalogue.Function) -> Item:
    kind = "aggregate" if function.aggregate else "function"
    return Item(function.name, "function", kind, about_function(function))


def condition(view: View, file: File, word: str) -> Iterator[Item]:
    """The metrics and outputs that a condition may read."""
    if word.startswith("$"):
        yield from parameters(file)
        return
    for name, training in mapping(file.loaded.data, "training").items():
        for metric in _metrics_of(view, training):
            for part in PARTS:
                yield metric._replace(label=f"{name}.{part}.{metric.label}", sort="part")
                yield metric._replace(label=f"{name}.live.{part}.{metric.label}", sort="part")
    yield from outputs(file)
    if "." not in word:
        yield from parameters(file)


def outputs(file: File, only: str = "") -> Iterator[Item]:
    """The outputs of steps, or those of one type."""
    for step, entry in mapping(file.loaded.data, "steps").items():
        for output, kind in mapping(entry, "outputs").items():
            if only in {"", kind}:
                yield Item(f"{step}.{output}", "column", str(kind), f"output of step `{step}`")


def query(view: View, file: File, found: Spot, word: str) -> Iterator[Item]:
    """After `from` and `join` sources; elsewhere the columns of the sources that the query names, and functions."""
    if _TABLE_NEXT.search(found.before):
        yield from named(view, file, "sources")
        return
    written = (each.groups() for each in _TABLE.finditer(found.before + found.after))
    tables = {alias or name: reachable(name, file, view.sources) for name, alias in written}
    prefix, dot, _ = word.rpartition(".")
    for alias, source in tables.items():
        if source in view.sources and (not dot or alias == prefix):
            for item in columns(view, [source]):
                yield item._replace(label=f"{prefix}{dot}{item.label}")
    if not dot:
        yield from (_function(each) for name, each in catalogue.functions().items() if name == each.name)


def metric_item(name: str) -> Item:
    """A metric that mlc knows."""
    metric = METRICS[name]
    return Item(name, "metric", f"{metric.direction}, of {' and '.join(metric.tasks)}", metric.summary)


def metrics(view: View, file: File, found: Spot) -> Iterator[Item]:
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
    yield from (metric_item(each.name) for each in METRICS.values() if task is None or task in each.tasks)


def arguments(file: File, found: Spot, *, grid: bool) -> Iterator[Item]:
    """The arguments of the call that a key belongs to."""
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
