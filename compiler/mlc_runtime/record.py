"""The record of a task: the result itself, as far as anyone else is concerned.

Blobs are written first and the record last, so a record never names what was not complete. Whoever comes second adopts
the record that stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from mlc_runtime.keys import canonical
from mlc_runtime.values import Output

VERSION = 1


@dataclass(frozen=True)
class Record:
    """What a task made, and from what.

    Attributes:
        key: the task's key.
        shallow: its shallow key.
        op: the operation.
        outputs: by port.
        inputs: digests of contents by port; of a collected one, the digest of the list of its elements.
        facts: versions of what the step reaches.
        run: the run that made it.
        started: microseconds since the epoch.
        seconds: how long the operation took; 0 where the result was taken over from equal inputs.
        attempts: how often it was tried.
    """

    key: str
    shallow: str
    op: str
    outputs: Mapping[str, Output]
    inputs: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    started: int = 0
    seconds: float = 0.0
    attempts: int = 1

    def differs(self, other: Record) -> tuple[str, ...]:
        """The ports at which two records of one key have other contents; a model's bytes prove nothing."""
        return tuple(
            port
            for port, output in self.outputs.items()
            if output.kind != "model" and port in other.outputs and output.content != other.outputs[port].content
        )


_FIELDS = tuple(one.name for one in fields(Record))


@dataclass(frozen=True)
class Failure:
    """Why a task has no result in a run.

    Attributes:
        key: the task's key.
        step: the step's name.
        coordinates: the task's fields.
        kind: `failed` (its operation did), `missing` (an input is), `timeout`, `memory` or `killed`.
        message: what happened, in a line.
        code: a code of the diagnostics' catalogue.
        help: how to mend it.
        traceback: the user's own frames.
        seconds: how long the last attempt took.
        attempts: how often it was tried.
    """

    key: str
    step: str
    coordinates: Mapping[str, Any]
    kind: str
    message: str
    code: str = ""
    help: str = ""
    traceback: str = ""
    seconds: float = 0.0
    attempts: int = 1


def dump_record(record: Record) -> bytes:
    """The record as JSON."""
    document = {name: getattr(record, name) for name in _FIELDS}
    document["outputs"] = {port: _output(output) for port, output in record.outputs.items()}
    return canonical({"mlc_record": VERSION, **document})


def load_record(data: bytes, key: str) -> Record | None:
    """The record in these bytes; None where they are torn, damaged, or of another key: such a task is not stored."""
    try:
        document = json.loads(data)
        if document.pop("mlc_record") != VERSION or document["key"] != key:
            return None
        outputs = {port: Output(**output) for port, output in document.pop("outputs").items()}
        return Record(outputs=outputs, **document)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def dump_failure(failure: Failure) -> bytes:
    """The failure as JSON."""
    return canonical(asdict(failure))


def load_failure(data: bytes) -> Failure | None:
    """The failure in these bytes, or None where they are torn."""
    try:
        return Failure(**json.loads(data))
    except (ValueError, TypeError):
        return None


def _output(output: Output) -> dict[str, Any]:
    document: dict[str, Any] = {"kind": output.kind, "content": output.content, "size": output.size}
    if output.sum is None:
        return {**document, "inline": output.inline}
    return {**document, "sum": output.sum, **({"suffix": output.suffix} if output.suffix else {})}
