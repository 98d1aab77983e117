"""How a grid is walked, and what is chosen from it."""

from __future__ import annotations

from math import prod

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program, Training
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.settings import MODEL, settings
from mlc_compiler.check.signatures import signature
from mlc_compiler.spec.grid import GridParameter, Halving, ValueRange

MANY = 100_000
"""From how many fits on a grid is worth a question."""

MOST = 10_000_000
"""More fits than this no engine holds: 10,000 tiles, as many as a job array of AWS Batch has, of 1,000 tasks each. A
record of each, of 1 KB, is 10 GB; at 20 ms each, two cores take more than a day."""


def check_search(program: Program, entries: Entries, findings: Findings) -> None:
    """Grids without a choice, choices without a grid, and searches that cannot be walked."""
    for training in program.trainings.values():
        spec, place = training.spec, training.place
        lost = {key for key in ("grid", "select") if entries.is_broken("training", training.name, key)}
        if spec.grid is not None and spec.select is None and "select" not in lost:
            findings.add(
                "MLC530",
                "a `grid` without `select`",
                place.child("grid").key(),
                why="one of the settings has to be chosen",
                help="say by what, such as `select: {maximize: roc_auc}`",
            )
        if spec.search is not None and spec.search.model_fields_set and spec.grid is None and "grid" not in lost:
            findings.add(
                "MLC531",
                "`search` without a `grid`",
                place.child("search").key(),
                why="`search` says how a grid is walked",
                help="add a `grid`, or leave `search` out",
            )
        if spec.grid is not None:
            _walk(training, findings)


def _walk(training: Training, findings: Findings) -> None:
    spec, place = training.spec, training.place
    search = spec.search
    random, halving = (search.random, search.halving) if search is not None else (None, None)
    drawn = random or (halving.start if halving is not None else None)
    size = grid_size(training)
    if drawn is None:
        for parameter in _continuous(training):
            findings.add(
                "MLC532",
                "a range without `count` or `step` has no end of values",
                place.child(*parameter.path),
                why="only a search that draws settings can take values from it",
                help="add `count` or `step`, or `search: {random: 60}`",
            )
    if halving is not None:
        _halving(training, halving, findings)
    if size is None:
        return
    if drawn is not None and drawn > size:
        key = ("random",) if random else ("halving", "start")
        findings.add(
            "MLC533",
            f"{drawn} settings are to be drawn, and the grid has {size}",
            place.child("search", *key),
            help="leave `search` out: all settings are tried then" if random else "leave `start` out",
            warning=True,
        )
    settings_tried = min(drawn or size, size)
    if spec.select is not None and spec.select.top > settings_tried:
        findings.add(
            "MLC534",
            f"the best {spec.select.top} are to be kept of {_settings(settings_tried)}",
            place.child("select", "top"),
            help="keep fewer, or try more",
        )
    fits = settings_tried * max(training.folds, 1) * len(training.listed or (None,))
    if fits >= MANY:
        of_each = f", for {len(training.listed)} values of `each`" if training.listed else ", for each value of `each`"
        findings.add(
            "MLC538" if fits > MOST else "MLC535",
            f"the grid asks for {fits:,} fits" + (f", and {MOST:,} is the most" if fits > MOST else ""),
            place.child("grid").key(),
            why=f"{_settings(settings_tried)} in {training.folds} {'fold' if training.folds == 1 else 'folds'}"
            f"{of_each if training.each else ''}",
            help="draw some of them with `search: {random: 60}`",
            warning=fits <= MOST,
        )


def _halving(training: Training, halving: Halving, findings: Findings) -> None:
    place = training.place.child("search", "halving")
    set_by_grid = [
        p for grid in training.spec.grids() for p in grid if (p.target, p.argument) == (MODEL, halving.resource)
    ]
    for parameter in set_by_grid:
        findings.add(
            "MLC536",
            f"the grid sets `{halving.resource}`, which the halving gives its settings more of in each round",
            training.place.child(*parameter.path).key(),
            help=f"take `{halving.resource}` out of the grid, or name another `resource`",
        )
    for setting in settings(training):
        for candidate in setting.calls[MODEL]:
            known = signature(candidate.call.use)
            if known is not None and halving.resource not in known.arguments:
                name = candidate.call.use.replace(":", ".").rpartition(".")[2]
                findings.unknown(
                    f"argument of `{name}`", halving.resource, known.arguments, place.child("resource"), code="MLC512"
                )
    size = grid_size(training)
    first = halving.start if size is None else min(halving.start or size, size)
    if first is not None and first < halving.factor:
        findings.add(
            "MLC537",
            f"a halving by {halving.factor} of {_settings(first)} has one round",
            place.child("factor"),
            why="each round keeps one of so many settings, and the last has fewer than that",
            help="try more settings, or leave `search` out",
        )


def _settings(count: int) -> str:
    return "1 setting" if count == 1 else f"{count:,} settings"


def _continuous(training: Training) -> list[GridParameter]:
    return [p for grid in training.spec.grids() for p in grid if _count(p) is None]


def grid_size(training: Training) -> int | None:
    """The number of settings; None where a range has no end of values."""
    sizes = [[_count(parameter) for parameter in grid] for grid in training.spec.grids()]
    if any(count is None for grid in sizes for count in grid):
        return None
    return sum(prod(count or 0 for count in grid) for grid in sizes)


def _count(parameter: GridParameter) -> int | None:
    choices = parameter.choices
    if not isinstance(choices, ValueRange):
        return len(choices)
    if choices.count is not None:
        return choices.count
    if choices.step is not None:
        return max(int((choices.to - choices.from_) / choices.step + 1e-9) + 1, 0)
    return None
