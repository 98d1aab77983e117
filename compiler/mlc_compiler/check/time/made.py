"""Sources that a function or a step makes: only their author can say when their rows are final."""

from __future__ import annotations

from collections.abc import Mapping

from mlc_compiler.check.facts import Source
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.time.known import is_timed
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.source.place import Place
from mlc_compiler.spec.sources import Source as SourceSpec


def check_made(
    spec: SourceSpec, place: Place, inputs: Mapping[str, str], facts: Mapping[str, Source], findings: Findings
) -> None:
    """A finding where a source is made of values that have a time, and nobody says when its own are known."""
    timed = [source for source in (facts[name] for name in inputs.values()) if is_timed(source)]
    if spec.static and timed:
        findings.add(
            "MLC402",
            "a `static` source is made of values that have a time",
            place.child("static"),
            why="what it was made of was not known from the start, and so neither is what was made",
            help="leave out `static`; say under `known` when its rows are final",
            related=[Related(source.place.key(), f"`{source.name}` has known times") for source in timed],
        )
    if spec.sql is not None or spec.known or spec.static or not timed:
        return
    findings.add(
        "MLC440",
        f"a {'function' if spec.use else 'step'}'s table betrays the future",
        place.child("use" if spec.use else "read"),
        why="what it makes of some rows may change when others arrive, and nothing shows from which of them it comes",
        help="say under `known` when its rows are final; or compute it in a feature, which sees only what was known",
        related=[Related(source.place.key(), f"`{source.name}` has known times") for source in timed],
    )
