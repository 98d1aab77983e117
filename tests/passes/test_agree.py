"""A real pipeline gives the same keys and the same contents at every level, with any pass left out, for any target."""

from dataclasses import replace
from typing import Any

import pytest

from mlc_compiler.driver import Optimiser, compile_checked
from mlc_compiler.passes import names
from mlc_compiler.passes.facts import Facts, Limits
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.plan import dump, load
from mlc_runtime.prepare import Site, prepare
from mlc_runtime.run import Run
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.task import TaskRunner

SPEC = """\
mlc: 1
name: agree
sources:
  plants: {read: plants.csv, columns: {id: int, site: string, kind: string, width: float, spare: float, tall: bool},
           key: [id], checks: [width > 0]}
  sites: {read: sites.csv, columns: {site: string, rain: float, height: float, note: string}, key: [site], static: true}
  tall: {sql: "SELECT id, width * 2 AS twice, site FROM plants", key: [id]}
features:
  own: {columns: {width: width, wide: width > 2}}
  place: {from: sites, join: [site], where: "rain > 0", columns: [rain, height]}
  other: {from: tall, join: [id], columns: [twice]}
  mixed: {columns: {moist: place.rain * own.width}}
examples:
  plants: {from: plants, where: "kind <> 'moss'", label: tall, split: {by: random, test: 25%, validation: 25%}}
training:
  plain: {examples: plants, features: [own.width], model: sklearn.linear_model.LogisticRegression, metrics: [brier]}
  best:
    examples: plants
    features: [own.width, place.rain, mixed, other]
    each: kind
    prepare: {scale: {use: sklearn.preprocessing.StandardScaler}}
    model: sklearn.linear_model.LogisticRegression
    grid: {C: [0.1, 10.0]}
    metrics: [brier]
    select: {minimize: brier}
steps:
  count: {use: "functions:count", inputs: {table: examples.plants}, outputs: {rows: int}}
"""
FUNCTIONS = "def count(table):\n    return len(table.columns) * len(table)\n"
PODS = Facts(Limits(startup=600.0, request=0.05, tiles=3))
FREE = Facts(durations=dict.fromkeys(("best.fit", "best.prepare.scale", "plain.fit", "plain.score"), 0.0))


def data(root: Any) -> None:
    kinds, sites = ["fern", "moss", "tree"], ["north", "south"]
    rows = [
        f"{n},{sites[n % 2]},{kinds[n % 3]},{1 + n * 7 % 5},{n},{str(n * 7 % 5 + n % 4 > 3).lower()}"
        for n in range(120)
    ]
    (root / "plants.csv").write_text("\n".join(["id,site,kind,width,spare,tall", *rows, ""]))
    (root / "sites.csv").write_text("site,rain,height,note\nnorth,1.5,2,a\nsouth,0.5,3,b\nwest,,4,c\n")
    (root / "functions.py").write_text(FUNCTIONS)


def roots(workshop: Any, checked: Any, optimiser: Optimiser) -> tuple[dict[str, Any], int]:
    """The contents of all outputs of roots by key, and how many steps were narrowed, fused or tiled."""
    compiled = compile_checked(checked, workshop.root, optimiser)
    plan, store = load(dump(compiled.plan)), MemoryStore()
    bind = prepare(plan, "r", Site(store, workshop.root, {}))
    run = Run(plan, bind, store, StoreLedger(store, "r"), "r", workshop.root)
    runner = TaskRunner(run, wait=lambda _: None)
    found: dict[str, Any] = {}
    inner = {name for step in plan.steps for name in step.members}
    for step in plan.steps:
        for at in run.space(step.name) if step.name not in inner else ():
            outcome = runner.run_task(step.name, at)
            if step.root:
                record = outcome.record
                # A model's bytes prove nothing, an effect's say when it was.
                kept = {p: o.content for p, o in record.outputs.items() if o.kind != "model"} if record else "missing"
                found[outcome.key] = step.op if step.effect else kept
    changed = sum(bool(step.members) or step.part is not None or step.tiles != {"max": 1} for step in plan.steps)
    return found, changed


def test_every_way_to_optimise_gives_the_same(workshop: Any) -> None:
    data(workshop.root)
    checked = workshop.check(SPEC)
    assert checked.sound, [(finding.code, finding.message) for finding in checked.diagnostics]
    plain, untouched = roots(workshop, checked, Optimiser(0))
    assert len(plain) > 5
    assert "missing" not in plain.values()
    assert untouched == 0
    everything = Optimiser(2, facts=PODS)
    ways = [everything, Optimiser(1, facts=PODS), Optimiser(2, facts=FREE)]
    ways += [replace(everything, without=(name,)) for name in ("pushdown", "fuse")]
    for way in ways:
        found, changed = roots(workshop, checked, way)
        assert found == plain, way
        assert changed > 3, way


@pytest.mark.deep
def test_each_pass_alone_gives_the_same(workshop: Any) -> None:
    data(workshop.root)
    checked = workshop.check(SPEC)
    plain, _ = roots(workshop, checked, Optimiser(0))
    for name in names():
        others = tuple(other for other in names() if other != name)
        assert roots(workshop, checked, Optimiser(2, others, PODS))[0] == plain, name
