"""What stands under the cursor, in words."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from mlc_compiler.check.signatures import signature
from mlc_compiler.editor.cursor import Spot, spot
from mlc_compiler.editor.names import has_from
from mlc_compiler.editor.slots import Condition, Counts, Estimator, Formula, Metric, Query, slot
from mlc_compiler.editor.uses import uses_at
from mlc_compiler.editor.view import View
from mlc_compiler.editor.words import about, about_function
from mlc_compiler.expression.functions import functions
from mlc_compiler.source.problem import Extent
from mlc_runtime.metrics_catalogue import METRICS

_BEFORE: Final = re.compile(r"[\w.:]*$")
_AFTER: Final = re.compile(r"^[\w.:]*")


class Hover(NamedTuple):
    """What a piece of the text is, as Markdown."""

    text: str
    extent: Extent


def hover(view: View, offset: int) -> Hover | None:
    """What stands at a point of a document; None where it is nothing with a name."""
    found = uses_at(view, offset)
    if found:
        texts = dict.fromkeys(about(view, use.symbol) for use in found)
        return Hover("\n\n---\n\n".join(texts), found[0].extent)
    at = spot(view.document.text, offset, view.file)
    if at is None:
        return None
    before, after = _BEFORE.search(at.before), _AFTER.search(at.after)
    word = (before[0] if before else "") + (after[0] if after else "")
    text = _described(view, at, word)
    start = offset - len(before[0] if before else "")
    return Hover(text, (start, start + len(word))) if text else None


def _described(view: View, at: Spot, word: str) -> str:
    file = next((file for file in view.files if file.name == view.file), None)
    holds = slot(at.path, at.on, looks_up=file is None or has_from(file, at.path))
    last = word.rpartition(".")[2]
    if isinstance(holds, Formula | Query) and word in functions():
        return about_function(functions()[word])
    if isinstance(holds, Metric | Condition | Counts) and last in METRICS:
        metric = METRICS[last]
        return f"`{last}`, metric to {metric.direction}: {metric.summary}"
    known = signature(word) if isinstance(holds, Estimator) else None
    if known is not None:
        arguments = ", ".join(f"`{name}`" for name in sorted(known.arguments))
        return f"`{word.replace(':', '.').rpartition('.')[2]}`, {known.kind}\n\narguments: {arguments}"
    return ""
