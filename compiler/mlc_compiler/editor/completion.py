"""The names that may stand where the cursor is, each with what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from mlc_compiler.check.entries import File
from mlc_compiler.check.signatures import estimators
from mlc_compiler.check.training import CONFUSION
from mlc_compiler.editor import offers, slots
from mlc_compiler.editor.cursor import Spot
from mlc_compiler.editor.names import has_from, rows
from mlc_compiler.editor.offers import Item
from mlc_compiler.editor.view import View, mapping
from mlc_compiler.source.problem import Extent
from mlc_runtime.metrics_catalogue import COUNTED

_WORD: Final = re.compile(r"[\w$.]*$")
_CALL: Final = re.compile(r"[\w:.]*$")


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
    pattern = _CALL if isinstance(_slot(file, found), slots.Estimator | slots.Function | slots.Metric) else _WORD
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
    return slots.slot(found.path, found.on, looks_up=looks_up)


def _items(view: View, file: File | None, found: Spot, word: str) -> Iterator[Item]:
    match _slot(file, found):
        case slots.Outside(kind):
            for name in mapping(view.environment.data, kind) if view.environment else ():
                yield Item(name, "entry", kind.removesuffix("s"))
            return
        case slots.Overridden():
            for main in view.files[:1]:
                yield from (
                    item for section in ("training", "serving", "steps") for item in offers.entries(main, section)
                )
            return
        case holds:
            if file is None:
                return
    path = found.path
    match holds:
        case slots.Entry(sections):
            for section in sections:
                yield from offers.named(view, file, section, skip=str(path[1]) if section == path[0] else "")
        case slots.Column(of, groups):
            yield from offers.columns(view, rows(view, file, path, of))
            if groups:
                yield from offers.features(view, file)
        case slots.Join():
            yield from offers.join(view, rows(view, file, path, "from"), rows(view, file, path, "example"))
        case slots.Formula(of, groups):
            yield from offers.formula(view, file, rows(view, file, path, of), word, groups=groups, at=of != "own")
        case slots.Condition():
            yield from offers.condition(view, file, word)
        case slots.Counts():
            yield from (offers.metric_item(name) for name in COUNTED)
            yield from (Item(name, "column", "int", "a count of the confusion matrix") for name in CONFUSION)
            yield from offers.parameters(file)
        case slots.Query():
            yield from offers.query(view, file, found, word)
        case slots.Feature(columns):
            if not columns:
                yield from offers.named(view, file, "features")
                yield from (
                    Item(f"{name}.prediction", "column", "out-of-fold prediction")
                    for name in mapping(file.loaded.data, "training")
                    if name != path[1]
                )
            yield from offers.features(view, file)
        case slots.Metric():
            yield from offers.metrics(view, file, found)
            if "metrics" in path:
                yield from offers.code_of(view, "function")
        case slots.Function():
            yield from offers.code_of(view, "function")
        case slots.Given():
            for prefix in ("sources", "examples", "training"):
                yield from (item._replace(label=f"{prefix}.{item.label}") for item in offers.named(view, file, prefix))
            yield from offers.outputs(file)
        case slots.Produced():
            yield from offers.outputs(file, only="file")
        case slots.Estimator(stage):
            yield from offers.code_of(view, "class", "function")
            yield from (
                Item(name, "class", kind)
                for name, kind in estimators().items()
                if (kind == "transformer") == stage and offers.is_near(name, word)
            )
        case slots.Argument(grid):
            yield from offers.arguments(file, found, grid=grid)
