"""A run on this machine that another command needs: an experiment's analysis, a server's snapshot."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.failures import failures, refused
from mlc_compiler.cli.project import Project
from mlc_compiler.cli.run import CODES
from mlc_compiler.cli.targets import find_target
from mlc_compiler.target import Runner
from mlc_runtime.errors import StepError
from mlc_runtime.plan import Plan
from mlc_runtime.run import Run


def run_here(project: Project, plan: Plan, options: Namespace, again: str) -> Run | int:
    """The run of a plan that has ended well; otherwise the exit code, and on standard error why.

    Args:
        project: whose plan it is.
        plan: all of the project's or a part.
        options: parsed: `as_of`.
        again: the command that needs the run, as it is given once what failed is mended.
    """
    target = find_target("local")
    if target is None:
        return exits.WRONG_USAGE
    assert isinstance(target, Runner)
    try:
        result = target.run(
            plan,
            root=project.root,
            environment=project.settings(),
            store_path=project.store(),
            jobs=project.environment.parallelism,
            parameters={},
            as_of=options.as_of,
            until=None,
            fresh=False,
            recompute=False,
        )
    except StepError as error:
        return refused(project, error)
    if result.verdict != "done":
        for line in failures(project, result, lambda _: again):
            print(line, file=sys.stderr)
        return CODES[result.verdict]
    state: Any = result.state
    assert isinstance(state, Run)
    return state
