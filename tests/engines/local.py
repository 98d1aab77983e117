"""A project run on this machine, as a user runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.engines.results import Results, results

from mlc_runtime.plan import Plan
from mlc_runtime.store.directory import DirectoryStore


def run_here(spec: Path, plan: Plan, folder: Path, *arguments: str) -> Results:
    """Run a copy of a project by `mlc run`; what is in its store, read by a plan of the same spec.

    Args:
        spec: the spec, in the project's folder.
        plan: compiled for another target, say.
        folder: where the copy goes.
        arguments: of the command, beyond the spec.
    """
    project = spec.parent
    copy, left_out = folder / project.name, shutil.ignore_patterns(".mlc", "argo", "predictions", "__pycache__")
    shutil.copytree(project, copy, ignore=left_out)
    copied = copy / spec.name
    argv = [sys.executable, "-m", "mlc_compiler", "run", copied, "--jobs", "1", "--format", "json", *arguments]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return results(plan, json.loads(ended.stdout)["run"], DirectoryStore(copy / ".mlc"), copy)
