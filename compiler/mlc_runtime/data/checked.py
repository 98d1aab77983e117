"""Keep results back where the data they derive from failed a check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlc_runtime.errors import StepError


def refuse_failed(inputs: Mapping[str, Any]) -> None:
    """Refuse to go on where a check that is more than a warning failed.

    Args:
        inputs: reports of `check` by name, or collected ones.

    Raises:
        StepError: `MLC946` names what failed.
    """
    failed = [
        f"`{result['expect']}` of `{name}` failed for {result['failed']} of {report['rows']} rows"
        for name, report in _reports(inputs)
        for result in report["results"]
        if not (result["ok"] or result["warn"])
    ]
    if failed:
        raise StepError(
            "MLC946",
            f"checks failed: {'; '.join(failed)}",
            "Nothing leaves the run until the data is mended; a check with `warn: true` only reports.",
        )


def _reports(inputs: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in inputs.items():
        if isinstance(value, list):
            yield from ((", ".join(map(str, record.values())) or name, report) for record, report in value)
        elif value is not None:
            yield name, value
