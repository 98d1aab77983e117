"""The proof, of each example's own row: what is read at `$at` is known at `$at`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlc_compiler.check.facts import Examples, Source, Typed
from mlc_compiler.check.findings import Findings


def prove_examples(examples: Examples, sources: Mapping[str, Source], findings: Findings) -> None:
    """Prove `at`, `where` and the groups that `where` reads (`examples.early`)."""


def prove_inputs(
    examples: Examples,
    groups: Iterable[str],
    each: Iterable[Typed],
    sources: Mapping[str, Source],
    findings: Findings,
) -> None:
    """Prove what a training reads: feature groups, with those that they read, and the columns of `each`."""
