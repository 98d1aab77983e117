"""Keep results back where the data they derive from failed a check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.errors import StepError


def refuse_failed(inputs: Mapping[str, Any]) -> None:
    """Refuse to go on where a check that is more than a warning failed.

    Args:
        inputs: reports of `check`, by the source's name, or by `checks.SOURCE`.

    Raises:
        StepError: `MLC946` names what failed.
    """
    failed = [
        f"`{result['expect']}` of `{name.removeprefix('checks.')}`, by {result['failed']} of {report['rows']} rows"
        for name, report in inputs.items()
        for result in report["results"]
        if not (result["ok"] or result["warn"])
    ]
    if failed:
        raise StepError(
            "MLC946",
            f"nothing leaves the run, since a check of the data failed: {'; '.join(failed)}",
            "Mend the data, tolerate some rows with `at_most`, or let the check warn only with `warn: true`.",
        )
