"""What the models of a run answer: their bytes prove nothing, for equal models may be written in several ways."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.engines.results import Results

from mlc_runtime.content import table_digest
from mlc_runtime.plan import PlanStep
from mlc_runtime.values import LostError

ROWS = 100


def answers(results: Results) -> dict[tuple[str, str, str], str]:
    """The digest of what a model or a fitted preparation makes of a few rows, by step, key and port.

    Of the models, those that are kept, with rows to ask about that are kept too.
    """
    found: dict[tuple[str, str, str], str] = {}
    with importing(results.run.root):
        for step in results.run.plan.steps:
            for port in (port for port, kind in step.outputs.items() if kind == "model" and step.op != "promote"):
                for at in results.run.space(step.name):
                    with suppress(LostError):
                        model, probe = results.value(step.name, port, **at), _probe(results, step, at)
                        answer = model.predict(probe) if hasattr(model, "predict") else model.transform(probe)
                        found[step.name, results.run.key(step, at), port] = table_digest(answer)
    return found


def agree(there: Results, here: Results) -> None:
    """Hold what a run on an engine left to what the same run on this machine left: records by key and by the digests of
    their contents, models by what they answer."""
    assert there.contents() == here.contents()
    models, expected = answers(there), answers(here)
    both = models.keys() & expected.keys()
    assert {step for step, _, _ in both} >= {step.name for step in there.run.plan.steps if step.op == "bundle"}
    assert {model: models[model] for model in both} == {model: expected[model] for model in both}


@contextmanager
def importing(root: Path) -> Iterator[None]:
    """A project's own modules can be imported, and are forgotten again: another project has others of those names."""
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root)
        yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(root)):
            del sys.modules[name]


def _probe(results: Results, step: PlanStep, at: Mapping[str, Any]) -> pa.Table:
    """Rows as a model reads them: those that it was fitted on, or, of an assembled one, its training's."""
    for link in results.run.links(step, at):
        [(_, producer), *_] = link.tasks
        if link.edge.port == "train" and producer is not None:
            return results.value(link.edge.step, link.edge.out, **producer).slice(0, ROWS)
    return results.value(f"{step.name.partition('.')[0]}.rows", "table").slice(0, ROWS)
