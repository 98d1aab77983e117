"""Servings: what a request and a batch can give, and where predictions go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program, Serving, Spine, Training
from mlc_compiler.check.features import with_read
from mlc_compiler.check.findings import Findings
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.spec.serving import Batch, Online

WRITTEN = (".parquet", ".csv")
"""The endings of files that predictions can be written to."""

ANSWERS = ("prediction", "decision")
"""The columns of what a model answers; those that begin with `probability.` are others."""


def check_servings(program: Program, _: Entries, findings: Findings) -> None:
    """Windows without time, requests that do not say enough, files of no format, and servings in each other's way."""
    for serving in program.servings.values():
        match serving.spec:
            case Batch():
                _batch(program, serving, serving.spec, findings)
            case Online():
                _stacked(program, serving, findings)
                _request(program, serving, serving.spec, findings)
    _gates(program, findings)
    _targets(program, findings)


def _batch(program: Program, serving: Serving, spec: Batch, findings: Findings) -> None:
    at = program.examples[serving.examples].at
    if "window" in spec.model_fields_set and (at is None or isinstance(at, Spine)):
        findings.add(
            "MLC602",
            f"a `window`, and examples `{serving.examples}` {'are read at `$as_of`' if at else 'have no moment'}",
            serving.place.child("window"),
            why="a window is a range of the examples' moments; "
            + ("of regular moments only the last is predicted" if at else "without time, every row is predicted"),
            help="leave `window` out",
        )
    path = spec.write.path
    if path is not None and PurePosixPath(path).suffix not in WRITTEN:
        findings.add(
            "MLC604",
            f"predictions cannot be written to `{path}`",
            serving.place.child("write", "path"),
            why="a file's format is told by its ending",
            help=f"end the path in {' or '.join(f'`{ending}`' for ending in WRITTEN)}",
        )
    _answers(program, serving, spec, findings)
    if path is not None:
        _overwrites(program, serving, path, findings)


def _answers(program: Program, serving: Serving, spec: Batch, findings: Findings) -> None:
    """Key columns, which are written beside the predictions, under the names of what the model answers."""
    source = program.sources[program.examples[serving.examples].source]
    for position, column in enumerate(source.key):
        # A table's columns are told apart without regard to case, and its first one says which run wrote a row.
        name = column if spec.write.path is not None else column.lower()
        taken = ANSWERS if spec.write.path is not None else (*ANSWERS, "as_of")
        if name in taken or name.startswith("probability."):
            findings.add(
                "MLC608",
                f"the predictions would have two columns `{name}`",
                serving.place.child("write"),
                why="the key of a row is written beside what the model says of it",
                help=f"give column `{column}` of `{source.name}` another name, in a `query` or a source with `sql`",
                related=[Related(source.place.child("key", position), "the key")],
            )


def _overwrites(program: Program, serving: Serving, path: str, findings: Findings) -> None:
    target = normpath(path)
    for source in program.sources.values():
        if source.read is not None and source.read.path is not None and normpath(source.read.path) == target:
            findings.add(
                "MLC607",
                f"the predictions would replace what source `{source.name}` reads",
                serving.place.child("write", "path"),
                why="the source's data would be lost, and the next run would read predictions",
                help="write to another file",
                related=(Related(source.place.child("read"), "read here"),),
            )


def _stacked(program: Program, serving: Serving, findings: Findings) -> None:
    """Models that learned from the predictions of another one."""
    for training in served(program, serving):
        read = next((item.training for item in training.inputs if item.training is not None), None)
        if read is not None:
            findings.add(
                "MLC609",
                f"`{training.name}` reads the predictions of `{read}`: it answers in batches, not requests",
                serving.place.child("model"),
                why=f"an answer would take the very version of `{read}` that `{training.name}` learned from",
                help="write its predictions with `mode: batch`",
                related=[Related(training.place.child("features"), "where it reads them")],
            )
            return


def _request(program: Program, serving: Serving, spec: Online, findings: Findings) -> None:
    if spec.request is None:
        return
    source = program.sources[program.examples[serving.examples].source]
    for position, column in enumerate(spec.request):
        if column not in source.columns:
            place = serving.place.child("request", position)
            findings.unknown(f"column of source `{source.name}`", column, source.columns, place, code="MLC204")
            return
    if source.key and set(source.key) <= set(spec.request):
        return
    missing = [column for column in columns_read(program, served(program, serving)) if column not in spec.request]
    if missing:
        key = ", ".join(f"`{column}`" for column in source.key)
        findings.add(
            "MLC603",
            f"the request lacks {', '.join(f'`{column}`' for column in missing)}",
            serving.place.child("request"),
            why="the features read these of the example"
            + (f", and without {key} the rest cannot be looked up in `{source.name}`" if key else ""),
            help=f"add {'them' if len(missing) > 1 else 'it'}"
            + (f", or send {key}, by which the rest is looked up" if key else ""),
        )


def served(program: Program, serving: Serving) -> list[Training]:
    """The trainings whose models answer: the serving's, its fallbacks', and those of experiments' arms."""
    names = [serving.training]
    for experiment in program.spec.experiments.values():
        if experiment.service == serving.name:
            names += [arm.model for arm in experiment.arms.values() if arm.model is not None]
    found: dict[str, Training] = {}
    while names:
        training = program.trainings.get(names.pop())
        if training is not None and training.name not in found:
            found[training.name] = training
            names += [item.training for item in training.inputs if item.training is not None]
            names += [training.spec.fallback] if training.spec.fallback is not None else []
    return list(found.values())


def columns_read(program: Program, trainings: list[Training]) -> Iterator[str]:
    """The example's own columns that the inputs and axes of some trainings are computed from, each once."""
    found: dict[str, None] = {}
    for training in trainings:
        examples = program.examples[training.examples]
        groups = [item.group for item in training.inputs if item.group is not None]
        for column in training.each:
            group = column.rpartition(".")[0]
            if group:
                groups.append(group)
            else:
                found[column] = None
        for name in with_read(groups, examples.groups):
            found |= dict.fromkeys(examples.groups[name].reads)
    yield from found


def _gates(program: Program, findings: Findings) -> None:
    """Servings of one model that promote its candidate under different conditions."""
    first: dict[str, Serving] = {}
    for serving in program.servings.values():
        other = first.setdefault(serving.training, serving)
        if other.spec.when != serving.spec.when:
            place = serving.place.child("when") if serving.spec.when is not None else serving.place.key()
            findings.add(
                "MLC605",
                f"`{other.name}` and `{serving.name}` let `{serving.training}` go live under different conditions",
                place,
                why="a training has one live model: it changes as soon as one of them says yes",
                help="give both the same `when`",
                related=[Related(other.place.key(), f"`{other.name}`")],
                warning=True,
            )


def _targets(program: Program, findings: Findings) -> None:
    first: dict[tuple[str | None, ...], Serving] = {}
    for serving in program.servings.values():
        if isinstance(serving.spec, Batch):
            write = serving.spec.write
            other = first.setdefault((write.path, write.connection, write.table), serving)
            if other is not serving:
                findings.add(
                    "MLC606",
                    f"`{other.name}` and `{serving.name}` write to the same place",
                    serving.place.child("write"),
                    why="the later one would replace what the other has written",
                    help="let each write to a place of its own",
                    related=[Related(other.place.child("write"), f"`{other.name}` writes here")],
                )
