"""Paths that sources are read from: a file of a known format, a folder, or a step's `file` output."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import PurePosixPath

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.source.place import Place
from mlc_compiler.spec.steps import Step

READ = (".parquet", ".pq", ".csv", ".json", ".jsonl", ".ndjson", ".arrow", ".feather")
"""The endings of files that can be read."""

_ENDING = re.compile(r"\.[A-Za-z]\w*")
"""What ends a file's name and not a folder's, such as `v1.2`."""


def check_reads(_: Program, entries: Entries, findings: Findings) -> None:
    """Paths of no known format, and steps' outputs that are none or no files."""
    steps = entries.spec.steps
    for file in entries.files:
        for name, source in file.spec.sources.items():
            if source.read is None or source.read.path is None:
                continue
            path, place = source.read.path, file.place("sources", name, "read", "path")
            ending = "" if path.endswith("/") else PurePosixPath(path).suffix
            step, *rest = path.split(".", 1)
            if step in steps:
                if not entries.is_broken("steps", step, "outputs"):
                    _output(step, "".join(rest), steps[step], entries, place, findings)
            elif _ENDING.fullmatch(ending) and ending not in READ and step not in entries.broken("steps"):
                _format(path, entries, place, findings)


def _output(step: str, output: str, spec: Step, entries: Entries, place: Place, findings: Findings) -> None:
    kind = spec.outputs.get(output)
    if kind is None:
        findings.unknown(f"output of step `{step}`", output, spec.outputs, place, of=f"{step}.{output}")
    elif kind != "file":
        findings.add(
            "MLC210",
            f"`{step}.{output}` is declared `{kind}`, and a source is read from a file",
            place,
            help=f"declare `{output}: file` and let the step return a path",
            related=[Related(entries.main.place("steps", step, "outputs", output), "the output")],
        )


def _format(path: str, entries: Entries, place: Place, findings: Findings) -> None:
    outputs = [f"{name}.{output}" for name, step in entries.spec.steps.items() for output in step.outputs]
    ending = PurePosixPath(path).suffix
    known = get_close_matches(path, outputs, n=1) or get_close_matches(ending.lower(), READ, n=1, cutoff=0.7)
    findings.add(
        "MLC210",
        f"the format of `{path}` cannot be told",
        place,
        why="a file's format is told by its ending; without one, it is a folder of such files",
        help=f"did you mean `{known[0]}`?" if known else f"files end in {', '.join(f'`{each}`' for each in READ)}",
    )
