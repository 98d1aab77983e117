"""Volumes: each has a place of its own in a container, where nothing else has to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from mlc_argo.checks.ask import Ask
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.site import PROJECT

_LONGEST = 56
"""Characters of a volume's name, before which stands what tells it from ours."""
_TAKEN = tuple(
    PurePosixPath(folder)
    for folder in (
        "/mlc/plan",
        "/mlc/scratch",
        "/mlc/exchange",
        "/mlc/in",
        "/mlc/out",
        "/var/run/argo",
        "/run/argo",
        "/proc",
        "/sys",
        "/dev",
    )
)
"""Folders of ours, of Argo's and of the machine's."""


def check_volumes(ask: Ask) -> Iterator[Diagnostic]:
    """Where volumes are mounted, and what they are called."""
    seen: dict[PurePosixPath, str] = {}
    for name, at in ask.site.mounts.items():
        place = ask.setting("volumes", name, "path")
        path = PurePosixPath(at)
        reason = _reason(path) or (f"the volume `{seen[path]}` is mounted there" if path in seen else "")
        if reason:
            help_ = "mount it in a folder of its own: `/store`, or one below the project's folder"
            yield Diagnostic("MLC726", f"no volume can be mounted at `{at}`", place, reason, help_)
        seen.setdefault(path, name)
        if len(name) > _LONGEST:
            message = f"the name of a volume has {_LONGEST} characters at most, not {len(name)}"
            yield Diagnostic("MLC715", message, ask.setting("volumes", name).key())


def _reason(path: PurePosixPath) -> str:
    if PurePosixPath(PROJECT).is_relative_to(path):
        return "it would hide the project, which is a part of the image"
    taken = next((each for each in _TAKEN if path.is_relative_to(each) or each.is_relative_to(path)), None)
    return "" if taken is None else f"`{taken}` is another's"
