"""The step image: text with a few holes, so no template language is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template

from mlc_containers.site import PROJECT, Site, absolute
from mlc_runtime.plan import Plan, PlanStep

USER = 65532
"""Whom steps run as."""


def dockerfile(plan: Plan, site: Site, more: str = "") -> bytes:
    """The Dockerfile of the step image.

    Args:
        plan: the plan.
        site: the environment.
        more: lines of the target's own.
    """
    holes = {
        "base": site.settings.base_image,
        "project": PROJECT,
        "user": str(USER),
        "copies": "\n".join(
            [*(f"COPY {json.dumps([path, path])}" for path in needed_files(plan, site)), *filter(None, [more])]
        ),
        "pipeline": plan.name,
    }
    return fill_text(__package__, "Dockerfile", holes)


def fill_text(package: str, name: str, holes: Mapping[str, str]) -> bytes:
    """A text of a package's folder `texts`, its holes filled."""
    text = (files(package) / "texts" / f"{name}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(holes).encode()


def needed_files(plan: Plan, site: Site) -> list[str]:
    """The files and folders of the project that steps read, code and data, sorted; those on volumes left out."""
    mounted = tuple(f"{path}/" for path in site.mounts.values())
    data = [path for step in plan.steps if (path := _read(step, site)) and not path.startswith("/")]
    return sorted({path for path in (*plan.files, *data) if not f"{absolute(path)}/".startswith(mounted)})


def _read(step: PlanStep, site: Site) -> str | None:
    """The path that a step reads, its own or its connection's."""
    own = None if step.effect else (step.params.get("locate") or {}).get("path")
    path = site.connection(step).get("path") or own
    return path if isinstance(path, str) and "://" not in path else None
