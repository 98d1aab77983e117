"""Run a container: inputs as files under `$MLC_IN`, outputs as files under `$MLC_OUT`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.errors import InfrastructureError, PassingError, StepError
from mlc_runtime.step.exchange import IN, OUT, collect, lay_out
from mlc_runtime.step.inputs import secrets

_ENGINES = ("docker", "podman")
_IN, _OUT = "/mlc/in", "/mlc/out"


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Run an image with Docker or Podman and check what it leaves; see `mlc_runtime.step.exchange` for the files.

    Secrets are environment variables of their argument's name, so they stand in no file and no command line. Where an
    engine has run the container itself, only what it left is checked.

    Args:
        inputs: by argument. Ports `after.*` only wait.
        params: `image`, `command`, `with`, `outputs` {name: type}; `each`; `locate` {`secrets`: {argument: name}}.
        context: the task's surroundings.

    Returns:
        The declared outputs.

    Raises:
        StepError: `MLC975` where the container fails, `MLC972` for an output that is missing or of another type.
        InfrastructureError: `MLC974` where no engine answers.
    """
    if context.exchange is None:
        _run_here(inputs, params, context)
    elif not (context.exchange / OUT).is_dir():
        raise StepError(
            "MLC975",
            f"the container `{params['image']}` did not end well",
            "The engine knows how it ended, and its log what it said.",
        )
    return collect(params, context.exchange or context.workdir)


def _run_here(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> None:
    engine = _engine()
    lay_out(inputs, params, context.workdir)
    hidden = secrets(params, context)
    command = [
        *(engine, "run", "--rm", "--user", f"{os.getuid()}:{os.getgid()}"),
        *("--volume", f"{context.workdir / IN}:{_IN}:ro", "--volume", f"{context.workdir / OUT}:{_OUT}"),
        *("--env", f"MLC_IN={_IN}", "--env", f"MLC_OUT={_OUT}"),
        *(part for name in hidden for part in ("--env", name)),
        *(params["image"], *params.get("command", ())),
    ]
    process = subprocess.run(
        command, check=False, env={**os.environ, **hidden}, capture_output=True, text=True, errors="replace"
    )
    context.log(process.stdout + process.stderr)
    if process.returncode == 125:  # the engine's own failure, not the container's
        raise InfrastructureError("MLC974", f"`{engine}` cannot run `{params['image']}`", _last(process.stderr))
    if process.returncode != 0:
        raise PassingError(
            "MLC975", f"the container `{params['image']}` ended with {process.returncode}", _last(process.stderr)
        )


def _engine() -> str:
    for name in _ENGINES:
        if shutil.which(name) and subprocess.run([name, "info"], check=False, capture_output=True).returncode == 0:
            return name
    raise InfrastructureError(
        "MLC974", "no container engine answers on this machine", "Start Docker or Podman, or run on a cluster."
    )


def _last(text: str) -> str:
    """The end of what was printed, which is where the reason stands."""
    return "\n".join(text.strip().splitlines()[-5:])
