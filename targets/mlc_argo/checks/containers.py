"""Containers of the user's own: their image, their command and the names of their secrets pass through the engine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_argo.checks.kept import kept
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.checks.image import IMAGE, IMAGE_FORM

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_containers(ask: Ask) -> Iterator[Diagnostic]:
    """What a container step says that would not arrive as it is."""
    for step in (step for step in ask.plan.steps if step.op == "container"):
        image = step.params["image"]
        if not IMAGE.fullmatch(image):
            place = ask.step(step, "container", "image")
            yield Diagnostic("MLC715", f"`{image}` is no reference to an image", place, help=IMAGE_FORM)
        for position, word in enumerate(step.params["command"]):
            if "\0" in word:
                place = ask.step(step, "container", "command", position)
                yield Diagnostic("MLC715", "a word of a command has no NUL", place, "it would end there")
            if "{{" in word:
                yield Diagnostic(
                    "MLC722",
                    "`{{` in a container's command is not for the container to see",
                    ask.step(step, "container", "command", position),
                    "Argo reads it as the beginning of a variable of its own",
                    "give the text as an argument: under `with`, it is a file in `$MLC_IN`",
                )
        for argument in (step.params.get("locate") or {}).get("secrets", {}):
            if not _VARIABLE.fullmatch(argument):
                place = ask.step(step, "secrets", argument)
                help_ = "write letters, digits and underscores"
                yield Diagnostic("MLC715", f"`{argument}` is no name of a variable", place, help=help_)
            elif argument.startswith("MLC_"):
                yield kept(argument, ask.step(step, "secrets", argument))
