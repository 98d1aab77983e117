"""The files by which a container is given its inputs and leaves its outputs."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlc_runtime.errors import StepError
from mlc_runtime.step.inputs import arguments
from mlc_runtime.step.outputs import outputs

IN, OUT = "in", "out"
"""The two folders of an exchange."""


def lay_out(inputs: Mapping[str, Any], params: Mapping[str, Any], exchange: Path) -> None:
    """Write what a container is to find, and make the folder for what it leaves.

    A table is `ARGUMENT.parquet`, a file keeps its suffix, a model is `ARGUMENT.pickle`, anything else `ARGUMENT.json`,
    the values of `with` too.

    Args:
        inputs: by port, as an operation gets them.
        params: of the step; see `mlc_runtime.ops.container`.
        exchange: an empty folder.
    """
    for folder in (IN, OUT):
        (exchange / folder).mkdir()
    for name, value in {**arguments(inputs, params), **(params.get("with") or {})}.items():
        _write(exchange / IN, name, value)


def collect(params: Mapping[str, Any], exchange: Path) -> dict[str, Any]:
    """The declared outputs that a container left.

    An output is a file of its name: JSON, or for a text the text itself; a `file` may have a suffix.

    Args:
        params: of the step.
        exchange: the folder that `lay_out` filled.

    Raises:
        StepError: `MLC972` for an output that is missing or of another type.
    """
    declared, out = params["outputs"], exchange / OUT
    left = {name: _read(out, name, type_) for name, type_ in declared.items()}
    return outputs(declared, left, params["image"], out)


def _write(folder: Path, name: str, value: Any) -> None:
    if isinstance(value, pa.Table):
        import pyarrow.parquet as pq

        pq.write_table(value, folder / f"{name}.parquet")
    elif isinstance(value, Path):
        shutil.copyfile(value, folder / f"{name}{''.join(value.suffixes)}")
    else:
        try:
            (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False))
        except TypeError:
            (folder / f"{name}.json").unlink(missing_ok=True)
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
