"""Requests and answers of the Open Inference Protocol, version 2: one tensor a column, its values in JSON.

A column of `n` rows is a tensor of shape `[n]` or `[n, 1]`. Whole numbers are `INT64`, numbers `FP64`, bools `BOOL`,
everything else `BYTES`: text as it is, dates and times in ISO 8601. A missing value is `null`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import pyarrow as pa

from mlc_runtime.column_types import arrow_type
from mlc_runtime.data.convert import UnconvertibleError, convert
from mlc_runtime.learn.predictions import is_answer
from mlc_runtime.serving.answer import Answer
from mlc_runtime.serving.service import Column

ROWS = 1_000
"""Rows of one request at most: a larger one makes the others wait."""

_INTEGERS = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")
_NUMBERS = (*_INTEGERS, "FP16", "FP32", "FP64")
_ACCEPTED: dict[str, tuple[str, ...]] = {"int": _INTEGERS, "float": _NUMBERS, "bool": ("BOOL",)}
_WRITTEN = {"int": "INT64", "float": "FP64", "bool": "BOOL"}


class BadRequestError(Exception):
    """A request that the protocol or the serving's types do not allow; the message says what is wrong."""


def datatype(declared: str) -> str:
    """The protocol's name of a column's type."""
    return _WRITTEN.get(declared, "BYTES")


def read_request(body: bytes, columns: Sequence[Column], zone: str) -> tuple[str | None, pa.Table]:
    """The identifier of a request, if it has one, and its rows.

    Args:
        body: JSON.
        columns: what is to be sent.
        zone: in which times without a zone are read.

    Raises:
        BadRequestError: it is not as the protocol and the columns have it.
    """
    document = _document(body)
    identifier = document.get("id")
    if identifier is not None and not isinstance(identifier, str):
        raise BadRequestError("`id` is no text")
    wanted = {column.name: column.type for column in columns}
    tensors = _tensors(document, wanted)
    for name in tensors:
        if name not in wanted:
            raise BadRequestError(f"there is no input `{name}`; the inputs are {_listed(wanted)}")
    absent = [name for name in wanted if name not in tensors]
    if absent:
        raise BadRequestError(f"the request lacks {_listed(absent)}")
    made = {name: _column(name, tensors[name], kind, zone) for name, kind in wanted.items()}
    counts = {len(column) for column in made.values()}
    if len(counts) > 1:
        raise BadRequestError("the inputs are not of one length")
    if not 0 < counts.pop() <= ROWS:
        raise BadRequestError(f"a request has from 1 to {ROWS} rows")
    return identifier, pa.table(made)


def write_answer(answer: Answer, model: str, identifier: str | None) -> dict[str, Any]:
    """The protocol's answer: a tensor for each column of the answer.

    Where experiments run, further tensors tell the model of each row and the arm that it met, and what holds for all
    rows stands among the parameters.
    """
    columns = {name: answer.predictions[name] for name in answer.predictions.column_names if is_answer(name)}
    found: dict[str, Any] = {"model_name": model}
    if answer.met is None:
        found["model_version"] = str(answer.version.version)
    else:
        met = {name: answer.met[name] for name in answer.met.column_names}
        same = {name: column[0].as_py() for name, column in met.items() if len(column.unique()) == 1}
        if "model" in same:
            found["model_version"] = same["model"].rpartition("@")[2]
        found["parameters"] = {name: value for name, value in same.items() if value is not None}
        columns |= met
    found["outputs"] = [_output(name, column) for name, column in columns.items()]
    return found if identifier is None else {**found, "id": identifier}


def _output(name: str, column: pa.ChunkedArray) -> dict[str, Any]:
    """A column as a tensor."""
    kind = "BOOL" if pa.types.is_boolean(column.type) else "FP64" if pa.types.is_floating(column.type) else "BYTES"
    data = [None if isinstance(each, float) and not math.isfinite(each) else each for each in column.to_pylist()]
    return {"name": name, "datatype": kind, "shape": [len(data)], "data": data}


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"the body is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadRequestError("the body is no object")
    return document


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value; send `null` for what is missing")


def _tensors(document: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    inputs = document.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise BadRequestError(f"`inputs` is to be a list of tensors, such as {_example(wanted)}")
    found: dict[str, Mapping[str, Any]] = {}
    for tensor in inputs:
        if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
            raise BadRequestError(f"an input is an object such as {_example(wanted)}")
        if tensor["name"] in found:
            raise BadRequestError(f"two inputs are called `{tensor['name']}`")
        found[tensor["name"]] = tensor
    return found


def _example(wanted: Mapping[str, str]) -> str:
    """The first input as a tensor of one row."""
    name, declared = next(iter(wanted.items()))
    tensor = {"name": name, "shape": [1], "datatype": datatype(declared), "data": [None]}
    return f"`{json.dumps(tensor, ensure_ascii=False)}`"


def _column(name: str, tensor: Mapping[str, Any], declared: str, zone: str) -> pa.ChunkedArray:
    """A tensor as a column of its declared type."""
    accepted = _ACCEPTED.get(declared, ("BYTES",))
    if tensor.get("datatype") not in accepted:
        said = f"`{tensor['datatype']}`" if isinstance(tensor.get("datatype"), str) else "no `datatype`"
        raise BadRequestError(f"input `{name}` is a `{datatype(declared)}`, and the request says {said}")
    shape, data = tensor.get("shape"), tensor.get("data")
    if not isinstance(data, list):
        raise BadRequestError(f"the `data` of input `{name}` is no list")
    if data and all(isinstance(item, list) and len(item) == 1 for item in data):
        data = [item[0] for item in data]
    if shape not in ([len(data)], [len(data), 1]) or any(type(size) is not int for size in shape):
        raise BadRequestError(f"the `shape` of input `{name}` is to be [{len(data)}] or [{len(data)}, 1]")
    kinds = {"int": (int,), "float": (int, float), "bool": (bool,)}.get(declared, (str,))
    for value in data:
        if value is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
            raise BadRequestError(f"input `{name}` has a value that is no `{declared}`")
    try:
        stored = pa.array(
            data, {"int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}.get(declared, pa.string())
        )
        return convert(pa.chunked_array([stored]), arrow_type(declared), zone).column
    except UnconvertibleError as error:
        raise BadRequestError(f"input `{name}` has a value that is no `{declared}`: {error.value!r}") from error
    except (pa.ArrowInvalid, OverflowError, UnicodeEncodeError) as error:
        raise BadRequestError(f"input `{name}` has a value that is no `{declared}`") from error


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)
