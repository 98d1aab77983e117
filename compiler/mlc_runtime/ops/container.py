"""Run a container: inputs as files under `$MLC_IN`, outputs as files under `$MLC_OUT`."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mlc_runtime.context import Context
from mlc_runtime.errors import InfrastructureError, StepError
from mlc_runtime.step.inputs import arguments, secrets
from mlc_runtime.step.outputs import outputs

_ENGINES = ("docker", "podman")
_IN, _OUT = "/mlc/in", "/mlc/out"


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Run an image with Docker or Podman and check what it leaves.

    A table is `ARGUMENT.parquet`, a file keeps its suffix, a model is `ARGUMENT.pickle`, anything else `ARGUMENT.json`,
    the values of `with` too. An output is a file of its name: JSON, or for a text the text itself; a `file` may have a
    suffix. Secrets are environment variables of their argument's name, so they stand in no file and no command line.

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
    engine = _engine()
    into, out = context.workdir / "in", context.workdir / "out"
    into.mkdir()
    out.mkdir()
    for name, value in {**arguments(inputs, params), **(params.get("with") or {})}.items():
        _write(into, name, value)
    hidden = secrets(params, context)
    command = [
        *(engine, "run", "--rm", "--user", f"{os.getuid()}:{os.getgid()}"),
        *("--volume", f"{into}:{_IN}:ro", "--volume", f"{out}:{_OUT}"),
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
        raise StepError(
            "MLC975", f"the container `{params['image']}` ended with {process.returncode}", _last(process.stderr)
        )
    left = {name: _read(out, name, type_) for name, type_ in params["outputs"].items()}
    return outputs(params["outputs"], left, params["image"], out)


def _engine() -> str:
    for name in _ENGINES:
        if shutil.which(name) and subprocess.run([name, "info"], check=False, capture_output=True).returncode == 0:
            return name
    raise InfrastructureError(
        "MLC974", "no container engine answers on this machine", "Start Docker or Podman, or run on a cluster."
    )


def _write(folder: Path, name: str, value: Any) -> None:
    if isinstance(value, pa.Table):
        pq.write_table(value, folder / f"{name}.parquet")
    elif isinstance(value, Path):
        shutil.copyfile(value, folder / f"{name}{''.join(value.suffixes)}")
    else:
        try:
            (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False))
        except TypeError:
            (folder / f"{name}.json").unlink()
            (folder / f"{name}.pickle").write_bytes(pickle.dumps(value, protocol=5))


def _read(folder: Path, name: str, type_: str) -> Any:
    found = sorted(file for file in folder.iterdir() if file.name == name or file.name.startswith(f"{name}."))
    if not found:
        raise StepError("MLC972", f"the container left no `{name}`", f"Write it to `$MLC_OUT/{name}`.")
    if type_ == "file":
        return found[0]
    text = found[0].read_text(errors="replace")
    if type_ == "string" and found[0].suffix != ".json":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _last(text: str) -> str:
    """The end of what was printed, which is where the reason stands."""
    return "\n".join(text.strip().splitlines()[-5:])
