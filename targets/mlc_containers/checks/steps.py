"""Steps that no target has that runs steps in containers, and files that no image holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.checks.ask import Ask
from mlc_containers.image import needed_files

_FILE = re.compile(r"[-A-Za-z0-9_.+@=][-A-Za-z0-9_.+@=/]*")


def check_steps(ask: Ask) -> Iterator[Diagnostic]:
    """Containers of the user's own."""
    for step in ask.plan.steps:
        if step.op == "container":
            yield Diagnostic(
                "MLC719",
                f"`{step.name}` runs a container, which the target `{ask.target}` does not yet",
                ask.step(step, "container"),
                "a step runs inside a container, where no container engine answers",
                "call it from a function with `use`, in the step image",
            )


def files_outside(ask: Ask) -> list[str]:
    """The files that steps read and that cannot be a part of the step image."""
    needed = needed_files(ask.plan, ask.site)
    return [file for file in needed if not _FILE.fullmatch(file) or ".." in file.split("/")]
