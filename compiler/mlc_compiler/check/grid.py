"""Grids: what their parameters set, and the values that they try."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program, Training
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.settings import MODEL, as_call
from mlc_compiler.source.place import Place
from mlc_compiler.spec.describe import flow
from mlc_compiler.spec.grid import GridParameter, ValueRange


def check_grid(program: Program, entries: Entries, findings: Findings) -> None:
    """Parameters of no stage, given twice, or named like an axis; values that are no calls; impossible ranges."""
    for training in program.trainings.values():
        lost = set(entries.main.cut("training", training.name, "prepare"))
        whole = entries.is_broken("training", training.name, "prepare") and not lost
        for grid in training.spec.grids():
            seen: dict[tuple[str, str | None], GridParameter] = {}
            for parameter in grid:
                place = training.place.child(*parameter.path)
                if parameter.target not in lost and not whole:
                    _target(training, parameter, place, findings)
                _twice(parameter, seen, place, findings)
                _values(parameter, place, findings)


def _target(training: Training, parameter: GridParameter, place: Place, findings: Findings) -> None:
    stages = training.spec.prepare
    if parameter.target != MODEL and parameter.target not in stages:
        near = get_close_matches(parameter.target, [*stages, MODEL], n=1)
        findings.add(
            "MLC520",
            f"there is no stage `{parameter.target}`",
            place.key(),
            why="in a grid, `stage.name` sets an argument of a stage of `prepare`, `name` one of the model",
            help=f"did you mean `{near[0]}`?"
            if near
            else f"the stages are {', '.join(f'`{name}`' for name in stages)}"
            if stages
            else "the training has no `prepare`",
        )
    elif parameter.target == MODEL and parameter.argument in training.each:
        findings.add(
            "MLC521",
            f"`{parameter.argument}` is a parameter of the grid and a column of `each`",
            place.key(),
            why="each model has one value of both, and a result could not say which one is meant",
            help="give the column another name in its source",
        )


def _twice(
    parameter: GridParameter, seen: dict[tuple[str, str | None], GridParameter], place: Place, findings: Findings
) -> None:
    other = seen.setdefault((parameter.target, parameter.argument), parameter)
    if other is not parameter:
        name = ".".join(filter(None, (parameter.target, parameter.argument)))
        findings.add("MLC522", f"`{name}` is set twice in one grid", place.key(), help="keep one of them")


def _values(parameter: GridParameter, place: Place, findings: Findings) -> None:
    choices = parameter.choices
    if isinstance(choices, ValueRange):
        if parameter.argument is None:
            _no_call(parameter, place, "a range of numbers", findings)
        else:
            _range(choices, place, findings)
        return
    for position, choice in enumerate(choices):
        here = place.child(position)
        if parameter.argument is None:
            if as_call(choice) is None:
                _no_call(parameter, here, f"`{flow(choice)[:40]}`", findings)
        elif isinstance(choice, str) and choice.startswith("$"):
            findings.add(
                "MLC523",
                f"`{choice[:40]}` in a grid",
                here,
                why="the compiler must know the settings, and a parameter's value comes with the run",
                help="write the values out, or set the argument under `with`",
            )


def _no_call(parameter: GridParameter, place: Place, found: str, findings: Findings) -> None:
    findings.add(
        "MLC524",
        f"`{parameter.target}` is swapped for {found}, which is no call",
        place,
        why=f"`{parameter.target}` in a grid sets the whole call",
        help="write `package.module.Class`, or `{use: package.module.Class, with: {name: value}}`",
    )


def _range(choices: ValueRange, place: Place, findings: Findings) -> None:
    for message, key, help_ in _impossible(choices):
        findings.add("MLC525", message, place.child(key), help=help_)
        return


def _impossible(choices: ValueRange) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a range: the message, the key, the help."""
    if choices.to < choices.from_:
        yield "the range ends before it starts", "to", "exchange `from` and `to`"
    if choices.scale == "log" and choices.from_ <= 0:
        yield "a range with a log scale starts at 0 or below", "from", "start above 0, or leave `scale` out"
    if choices.count == 1 and choices.from_ != choices.to:
        yield "a range of one value has two ends", "count", "write the one value in a list"
    if choices.step is not None and choices.step > choices.to - choices.from_:
        yield "the step is longer than the range", "step", "write a shorter step, or the one value in a list"
