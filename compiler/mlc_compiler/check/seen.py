"""What is read of a row when its unit meets an arm, and kept with the exposure: the analysis joins on it later."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.check.facts import Examples, Experiment, Outcome, Program, Spine
from mlc_compiler.check.features import read_groups, with_read


def experiments_of(program: Program, serving: str) -> tuple[Experiment, ...]:
    """The experiments that divide a serving's traffic."""
    return tuple(each for each in program.experiments.values() if each.serving == serving)


def texts_seen(program: Program, experiment: Experiment) -> tuple[str, ...]:
    """What is kept, each as `column` or `group.column`: covariate, segments, and what outcomes and labels join on."""
    spec = experiment.spec
    read = [text for text in (spec.covariate, *(spec.segments or ())) if text]
    read += [mine for item in experiment.outcomes if item for mine, _ in item.lookup.join]
    if None in experiment.outcomes:
        read += label_texts(program, program.examples[experiment.examples])
    return tuple(dict.fromkeys(read))


def label_texts(program: Program, examples: Examples) -> tuple[str, ...]:
    """By what the label of an answered row is found: its key; of regular moments, what the label joins on."""
    if not isinstance(examples.at, Spine):
        return program.sources[examples.source].key
    return tuple(mine for mine, _ in examples.label.lookup.join) if isinstance(examples.label, Outcome) else ()


def groups_seen(program: Program, experiment: Experiment) -> tuple[str, ...]:
    """The feature groups that this and `where` read, each after those that it reads itself."""
    texts = (text.rpartition(".")[0] for text in texts_seen(program, experiment))
    return with_read((*filter(None, texts), *read_groups([experiment.where])), experiment.groups)


def columns_seen(program: Program, experiment: Experiment) -> Iterator[str]:
    """The example's own columns that all of it, the unit and `where` are computed from, each once."""
    found = [experiment.spec.unit, *(text for text in texts_seen(program, experiment) if "." not in text)]
    found += experiment.where.expression.columns if experiment.where is not None else ()
    for group in groups_seen(program, experiment):
        found += experiment.groups[group].reads
    yield from dict.fromkeys(found)
