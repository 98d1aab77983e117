"""The certificate of a compiled plan: what the target's engine holds, and what it is asked to."""

from __future__ import annotations

from collections.abc import Sequence

from mlc_compiler.cli.table import table
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.plan.certify import Row
from mlc_compiler.source.place import Place
from mlc_compiler.target import Files


def certificate_text(rows: Sequence[Row]) -> str:
    """The certificate as a table; a target without limits has nothing to certify."""
    if not rows:
        return "the target has no limits"
    lines = [
        [row.limit.name, f"{row.value:,}", f"{row.limit.most:,}", row.limit.unit, f"{row.margin:.1%}", row.limit.source]
        for row in rows
    ]
    return "\n".join(table([["limit", "ours", "most", "of", "left", "source"], *lines]))


def beyond_limit(row: Row, files: Files, target: str) -> Diagnostic:
    """A limit that is not kept, and that no other cut keeps."""
    limit = row.limit
    return Diagnostic(
        "MLC717",
        f"{limit.name}: {row.value:,} {limit.unit} are more than the {limit.most:,} of target `{target}`",
        Place(files.spec, ("name",)),
        limit.source,
        "split the pipeline into two specs, or fan out less",
    )
