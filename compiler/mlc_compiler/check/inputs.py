"""The model's inputs on their way through the stages: which columns there are, and whether each type is taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program, Training
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.settings import MODEL, Candidate, Setting, settings
from mlc_compiler.check.signatures import signature
from mlc_compiler.expression.types import FLOAT, STRING, UNKNOWN, Type
from mlc_compiler.source.place import Place

_NEVER = {
    "timestamp": "make a number of it in a feature, such as `hour(t)` or `date_diff('day', t, $at)`",
    "date": "make a number of it in a feature, such as `dayofyear(t)` or `date_diff('day', t, $at)`",
    "list": "make numbers of it in a feature, such as `len(x)` or `x[1]`",
    "file": "let a function read it: a feature group with `use`",
}
"""The types that no estimator of scikit-learn takes, and what to do with each."""


class Columns(NamedTuple):
    """The columns between two stages.

    Attributes:
        types: those whose names are known.
        open: a stage made columns whose names only a run can tell.
    """

    types: Mapping[str, Type]
    open: bool = False


def check_inputs(program: Program, _: Entries, findings: Findings) -> None:
    """Stages' columns that are no inputs, and columns of a type that a stage or the model does not take."""
    for training in program.trainings.values():
        inputs = Columns({item.name: item.type for item in training.inputs})
        for setting in settings(training):
            _setting(training, setting, inputs, findings)


def _setting(training: Training, setting: Setting, columns: Columns, findings: Findings) -> None:
    for name, stage in training.spec.prepare.items():
        place = training.place.child("prepare", name, "columns")
        if not columns.open:
            unknown = [(i, column) for i, column in enumerate(stage.columns or ()) if column not in columns.types]
            for position, column in unknown:
                findings.unknown("input", column, columns.types, place.child(position), code="MLC560")
            if unknown:
                return
        if not columns.types and stage.columns is None:
            continue
        chosen = {c: columns.types.get(c, UNKNOWN) for c in (columns.types if stage.columns is None else stage.columns)}
        for candidate in setting.calls[name]:
            _takes(candidate, chosen, place if stage.columns is not None else candidate.place.child("use"), findings)
        columns = _after(setting.calls[name], columns, chosen)
    for candidate in setting.calls[MODEL]:
        _takes(candidate, columns.types, candidate.place.child("use"), findings)


def _takes(candidate: Candidate, columns: Mapping[str, Type], place: Place, findings: Findings) -> None:
    """Report the first column that a known estimator does not take, and how many others."""
    known = signature(candidate.call.use)
    if known is None:
        return
    refused = {name: kind for name, kind in columns.items() if kind.kind in _NEVER}
    if _refuses_text(candidate):
        refused |= {name: kind for name, kind in columns.items() if kind.kind == "string"}
    if not refused:
        return
    kinds = list(dict.fromkeys(kind.kind for kind in refused.values()))
    names = [f"`{name}`" for name in refused]
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    estimator = candidate.call.use.replace(":", ".").rpartition(".")[2]
    if kinds[0] in _NEVER:
        help_ = _NEVER[kinds[0]]
    else:
        encoder = f"{{use: sklearn.preprocessing.OneHotEncoder, columns: [{', '.join(names).replace('`', '')}]}}"
        before = "before it, add a stage" if candidate.target == MODEL else "put a stage before this one"
        help_ = f"{before} that makes numbers of text, such as `{encoder}`"
    findings.add(
        "MLC561",
        f"`{estimator}` does not take {' or '.join(f'a `{kind}`' for kind in kinds)}, such as {shown}"
        if len(names) > 1
        else f"`{estimator}` does not take a `{kinds[0]}`, and {shown} is one",
        place,
        why="it computes with numbers",
        help=help_,
    )


def _refuses_text(candidate: Candidate) -> bool:
    """Whether it refuses text in every setting."""
    known = signature(candidate.call.use)
    if known is None or not known.numbers:
        return False
    values = candidate.values("strategy")
    return values is not None and not any(value in known.strategies for value in values)


def _after(candidates: tuple[Candidate, ...], columns: Columns, chosen: Mapping[str, Type]) -> Columns:
    """The columns behind a stage, whichever call it makes."""
    rest = {name: kind for name, kind in columns.types.items() if name not in chosen}
    known = [signature(candidate.call.use) for candidate in candidates]
    if not all(each is not None and (each.keeps or each.strategies) for each in known):
        return Columns(rest, open=True)
    # What fills gaps keeps text as it is; what else takes text and keeps its columns makes codes of it.
    text = STRING if any(each is not None and each.strategies for each in known) else FLOAT
    made = {name: text if kind.kind == "string" else FLOAT for name, kind in chosen.items()}
    return Columns({name: made.get(name, kind) for name, kind in columns.types.items()}, columns.open)
