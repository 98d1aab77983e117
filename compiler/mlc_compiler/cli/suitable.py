"""Whether a target can do what a plan asks for, in an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlc_compiler.cli.certificate import beyond_limit
from mlc_compiler.cli.report import report, verdict
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.plan.certify import Row, certify
from mlc_compiler.target import Checker, Files, Limited, Server, Target
from mlc_runtime.plan import Plan

if TYPE_CHECKING:
    from mlc_compiler.cli.project import Project


@dataclass(frozen=True)
class Suited:
    """What a target makes of a plan.

    Attributes:
        diagnostics: what is asked for and would not be done, and limits that are not kept.
        files: what was compiled; none where a diagnostic is an error.
        certificate: the limits of the target, and where the files stand.
    """

    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, bytes]
    certificate: tuple[Row, ...] = ()


def suit(target: Target, plan: Plan, site: Mapping[str, Any], files: Files, online: Sequence[Plan] = ()) -> Suited:
    """Check, compile and certify.

    Args:
        target: the target.
        plan: as the environment's overrides have it.
        site: the environment as plain data.
        files: the names of the spec and of the environment.
        online: the plans of its online servings, for a target that serves.
    """
    found = tuple(target.check(plan, site, files)) if isinstance(target, Checker) else ()
    if verdict(found):
        return Suited(found, {})
    compiled = target.serve(plan, online, site) if isinstance(target, Server) else target.compile(plan, site)
    if not isinstance(target, Limited):
        return Suited(found, compiled)
    certificate = certify(plan, compiled, target.limits(site))
    beyond = tuple(beyond_limit(row, files, target.name) for row in certificate if not row.fits)
    return Suited((*found, *beyond), {} if beyond else compiled, certificate)


def suit_project(target: Target, project: Project) -> Suited | int:
    """Check, compile and certify a project, and report what is wrong; the exit code where that is an error."""
    online = online_plans(project) if isinstance(target, Server) else ()
    suited = suit(target, project.plan, project.site(), project.files, online)
    report(suited.diagnostics, project.documents)
    return verdict(suited.diagnostics) or suited


def online_plans(project: Project) -> tuple[Plan, ...]:
    """The plans of a project's online servings, in the spec's order."""
    from mlc_compiler.driver import compile_online
    from mlc_compiler.plan.override import override

    plans = (compile_online(project.checked, project.root, name) for name in project.plan.spec["online"])
    return tuple(override(plan, project.environment.overrides) for plan in plans)
