"""Steps: what cannot be waited for, and what will not be the same tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.source.place import Place

_PINNED = re.compile(r".*@sha256:[0-9a-f]{64}|.*:(?!latest$)[\w.-]+", re.ASCII)


def check_steps_run(program: Program, entries: Entries, findings: Findings) -> None:
    """Steps that wait for one that runs last, and images that change under their name."""
    last = {name for name, step in entries.spec.steps.items() if step.always}
    for name, waited, place in _waiting(program, entries):
        if waited in last and name not in last:
            findings.add(
                "MLC651",
                f"`{name}` waits for `{waited}`, which runs last",
                place,
                why="a step with `always` starts when everything else has ended",
                help=f"leave `always` of `{waited}` out, or write it for `{name}` as well",
                related=[Related(entries.main.place("steps", waited, "always"), f"`{waited}` runs last")],
            )
    for name, step in entries.spec.steps.items():
        if step.container is not None and not _PINNED.fullmatch(step.container.image):
            findings.add(
                "MLC652",
                f"the image `{step.container.image}` has no version",
                entries.main.place("steps", name, "container", "image"),
                why="what it does can change from run to run, and results would be reused that it no longer gives",
                help="name a tag other than `latest`, or better its digest: `image@sha256:...`",
                warning=True,
            )


def _waiting(program: Program, entries: Entries) -> Iterator[tuple[str, str, Place]]:
    """Who waits for which step, and where that is said."""
    for name, step in entries.spec.steps.items():
        place = entries.main.place("steps", name)
        for argument, text in step.inputs.items():
            yield name, text.partition(".")[0], place.child("inputs", argument)
        for position, other in enumerate(step.after):
            yield name, other, place.child("after", position)
    conditions = [(each.name, each.place, each.when) for each in program.trainings.values()]
    conditions += [(each.name, each.place, each.gate) for each in program.servings.values()]
    conditions += [(each.name, each.place, each.when) for each in program.steps.values()]
    for name, place, condition in conditions:
        for reference in condition.references if condition is not None else ():
            if reference.kind == "output":
                yield name, reference.name, place.child("when")
    for name, source, file in entries.sources():
        if source.read is not None and source.read.path is not None:
            own = name.removeprefix(f"{file.alias}.") if file.alias else name
            yield name, source.read.path.partition(".")[0], file.place("sources", own, "read")
