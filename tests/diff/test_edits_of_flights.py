"""Edits of the flights: what `mlc diff` says of each, held against a run of both versions over one store."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mlc_compiler.diff.difference import Version, difference
from mlc_compiler.diff.edits import Written
from mlc_compiler.driver import check_file, compile_checked
from mlc_compiler.graph.size import Size
from mlc_compiler.source.document import Document
from mlc_compiler.spec.load import load_environment
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.needless import needless
from mlc_runtime.plan import Plan, dump, load
from mlc_runtime.prepare import Site, prepare
from mlc_runtime.run import Run
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.task import TaskRunner

FLIGHTS = Path(__file__).parent.parent.parent / "examples" / "flights"
ORIGINS = 3
"""How many airports the data have, which the spec leaves to the data for one training."""

STEP = """steps:
  census: {use: "functions:count", inputs: {rows: sources.planes}, outputs: {planes: int}}
"""
FUNCTION = """

def count(rows):
    return {"planes": len(rows)}
"""


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, (text.count(old), old)
        text = text.replace(old, new)
    return text


SPEC = (
    replaced(
        (FLIGHTS / "pipeline.yaml").read_text(),
        ("max_iter: 150", "max_iter: 4"),
        (
            "learning_rate: [0.03, 0.1, 0.3], max_leaf_nodes: [15, 31, 63]",
            "learning_rate: [0.1, 0.3], max_leaf_nodes: [7, 15]",
        ),
        ("each: {origin: [EWR, JFK, LGA]}", "each: {origin: [EWR, JFK]}"),
    )
    + STEP
)
CODE = (FLIGHTS / "functions.py").read_text() + FUNCTION


@dataclass(frozen=True)
class Edited:
    """An edit, and what is expected of it: the kinds, and the tasks that run, certainly and perhaps."""

    kinds: str
    new: int
    maybe: int = 0
    spec: tuple[tuple[str, str], ...] = ()
    code: tuple[tuple[str, str], ...] = ()
    environment: str = "data/warehouse"
    breaking: int = 0


TRAINING = SPEC[SPEC.index("training:\n") : SPEC.index("serving:\n")]
SERVING = SPEC[SPEC.index("serving:\n") : SPEC.index("experiments:\n")]
GRID = "grid: {learning_rate: [0.1, 0.3], max_leaf_nodes: [7, 15]}"
LATE = "    select: {maximize: roc_auc}\n"

EDITS = {
    "a comment": Edited("cosmetic", 0, spec=(("serving:\n", "serving:  # who gets it\n"),)),
    "another layout": Edited("cosmetic", 0, spec=(("    " + GRID, GRID.replace("grid: {", "    grid: {\n      ")),)),
    "a comment in the code": Edited("cosmetic", 0, code=(("import numpy", "# numbers\nimport numpy"),)),
    "sections in another order": Edited("cosmetic", 0, spec=((TRAINING + SERVING, SERVING + TRAINING),)),
    "keys in another order": Edited(
        "cosmetic",
        0,
        spec=(("by: time, test: 30d, validation: 30d", "validation: 30d, test: 30d, by: time"),),
    ),
    "columns in another order": Edited(
        "cosmetic",
        0,
        spec=(
            ("{tailnum: string, year: int, seats: int}", "{seats: int, year: int, tailnum: string}"),
            ("due: count(*), gone: count(dep_delay), delay: avg", "gone: count(dep_delay), due: count(*), delay: avg"),
        ),
    ),
    "a description": Edited("cosmetic", 0, spec=(("description: Which", "description: Tell which"),)),
    "a step renamed": Edited("cosmetic", 0, spec=(("  census:", "  count_planes:"),)),
    "a stage renamed": Edited("cosmetic", 0, spec=(("prepare: {codes: {", "prepare: {numbers: {"),)),
    "examples renamed": Edited(
        "cosmetic",
        0,
        spec=(
            ("  departures:\n", "  starts:\n"),
            ("baseline: {examples: departures", "baseline: {examples: starts"),
            ("    examples: departures\n", "    examples: starts\n"),
        ),
    ),
    "a source renamed, which models are registered with": Edited(
        "recompute+cosmetic",
        5,
        spec=(
            ("  planes: {read", "  aircraft: {read"),
            ("from: planes", "from: aircraft"),
            ("sources.planes", "sources.aircraft"),
        ),
    ),
    "memory": Edited("resources", 0, spec=((LATE, LATE + "    resources: {memory: 2Gi}\n"),)),
    "retries and a timeout": Edited("resources", 0, spec=((LATE, LATE + "    retry: 2\n    timeout: 10m\n"),)),
    "a schedule": Edited("resources", 0, spec=(("0 3 * * *", "0 4 * * *"),)),
    "an experiment's shares": Edited(
        "experiment", 0, spec=(("control: {share: 50%", "control: {share: 40%"),), breaking=1
    ),
    "a window of predictions": Edited("serving", 3, spec=(("window: -1d..0d", "window: -2d..0d"),)),
    "data moved": Edited("environment", 0, 42, environment="data/elsewhere"),
    "a value of the grid": Edited(
        "recompute", 10, 13, spec=(("learning_rate: [0.1, 0.3]", "learning_rate: [0.1, 0.3, 0.5]"),)
    ),
    "values of the grid in another order": Edited(
        "recompute", 2, 13, spec=(("max_leaf_nodes: [7, 15]", "max_leaf_nodes: [15, 7]"),)
    ),
    "a conditional sub-grid": Edited(
        "recompute", 10, 13, spec=((GRID, GRID.replace("{", "[{").replace("}", "}, {max_depth: [2, 3]}]")),)
    ),
    "one more of each": Edited("recompute", 23, spec=(("[EWR, JFK]", "[EWR, JFK, LGA]"),)),
    "one less of each": Edited("recompute", 10, spec=(("[EWR, JFK]", "[EWR]"),)),
    "what is best": Edited("recompute", 2, 13, spec=(("select: {maximize: roc_auc}", "select: {minimize: brier}"),)),
    "a metric": Edited(
        "recompute",
        17,
        6,
        spec=(('metrics: [roc_auc, brier, "functions:precision_at"]\n', "metrics: [roc_auc, brier]\n"),),
    ),
    "the code of a metric": Edited("recompute", 20, 6, code=(("share: float = 0.1", "share: float = 0.2"),)),
    "a feature's window": Edited("recompute", 62, spec=(("window: 14d", "window: 15d"),)),
    "features in another order": Edited("recompute", 39, spec=(("[sky, carrier, route,", "[carrier, sky, route,"),)),
    "a feature less": Edited("recompute", 39, spec=(("[sky, carrier, route,", "[sky, carrier,"),)),
    "a column more": Edited(
        "recompute",
        40,
        spec=(("waiting: airport.due - airport.gone}", "waiting: airport.due - airport.gone, gone: airport.gone}"),),
    ),
    "a check": Edited("recompute", 7, spec=(("count(*) > 1000", "count(*) > 900"),)),
    "another model": Edited(
        "recompute",
        18,
        spec=(("model: sklearn.linear_model.LogisticRegression", "model: sklearn.dummy.DummyClassifier"),),
    ),
    "a label": Edited("recompute", 63, spec=(("label: arr_delay > 15", "label: arr_delay > 20"),)),
    "the seed": Edited("recompute", 61, spec=(("timezone:", "seed: 1\ntimezone:"),)),
}


class Bench:
    """A small project with the one flight in a hundred, run once; edits are run over a copy of its results."""

    def __init__(self, root: Path) -> None:
        self.root = root
        warehouse = root / "data" / "warehouse"
        warehouse.mkdir(parents=True)
        flights = pq.read_table(FLIGHTS / "data" / "flights.parquet")
        kept = [number for number in range(flights.num_rows) if number % 100 == 0]
        pq.write_table(flights.take(kept), root / "data" / "flights.parquet")
        (root / "data" / "planes.parquet").write_bytes((FLIGHTS / "data" / "planes.parquet").read_bytes())
        for file in (FLIGHTS / "data" / "warehouse").iterdir():
            (warehouse / file.name).write_bytes(file.read_bytes())
        (root / "data" / "elsewhere").symlink_to(warehouse)
        self.store = MemoryStore()
        self.base = self.version(SPEC, CODE, "data/warehouse")
        self.run(self.base.plan, "data/warehouse", self.store, "base")

    def version(self, spec: str, code: str, warehouse: str) -> Version:
        (self.root / "pipeline.yaml").write_text(spec)
        (self.root / "functions.py").write_text(code)
        sys.modules.pop("functions", None)
        checked = check_file(self.root / "pipeline.yaml", "pipeline.yaml")
        assert checked.sound, [finding.message for finding in checked.diagnostics]
        compiled = compile_checked(checked, self.root)
        environment = {"connections": {"warehouse": {"type": "folder", "path": warehouse}}}
        loaded = load_environment(Document("environment.yaml", "", "yaml", environment))
        return Version(
            checked.program,
            compiled.graph,
            compiled.plan,
            compiled.code,
            {"": Written(checked.files[0].spec, checked.files[0].data)},
            Written(loaded.environment, environment),
            (spec, code),
        )

    def copy(self) -> MemoryStore:
        """What the base's run has left."""
        store = MemoryStore()
        for name in self.store.names(""):
            store.put(name, self.store.get(name) or b"")
        return store

    def run(self, plan: Plan, warehouse: str, store: MemoryStore, name: str) -> dict[str, int]:
        """Run a plan, and count the tasks of each step whose results were not there."""
        plan = load(dump(plan))
        environment = {"connections": {"warehouse": {"type": "folder", "path": str(self.root / warehouse)}}}
        bind = prepare(plan, name, Site(store, self.root, environment))
        run = Run(plan, bind, store, StoreLedger(store, name), name, self.root, environment)
        runner = TaskRunner(run, wait=lambda _: None)
        left = needless(run, frozenset(step.name for step in plan.steps if step.root))
        counts: dict[str, int] = {}
        for step in plan.steps:
            space = run.space(step.name)
            for place in left.left(step.name, range(space.size)):
                outcome = runner.run_task(step.name, space.coords(place))
                assert outcome.failure is None, outcome.failure
                if outcome.status != "stored":
                    counts[step.name] = counts.get(step.name, 0) + 1
        return counts


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        bench = Bench(tmp_path_factory.mktemp("flights"))
        yield bench
        sys.modules.pop("functions", None)
        if str(bench.root) in sys.path:
            sys.path.remove(str(bench.root))


def number(size: Size) -> int:
    """A size, where what only a run can count is known."""
    return sum(factor * ORIGINS ** len(names) for names, factor in size.terms.items())


@pytest.mark.parametrize("name", EDITS)
def test_what_runs_is_what_was_said(name: str, bench: Bench) -> None:
    edit = EDITS[name]
    head = bench.version(replaced(SPEC, *edit.spec), replaced(CODE, *edit.code), edit.environment)
    found = difference(bench.base, head)
    assert "+".join(found.kinds) == edit.kinds
    assert len(found.breaking) == edit.breaking
    assert (number(found.new), number(found.maybe)) == (edit.new, edit.maybe)
    ran = bench.run(head.plan, edit.environment, bench.copy(), "head")
    said = {run.fresh.step: (number(run.fresh.new), number(run.fresh.all)) for run in found.runs}
    assert set(ran) <= set(said)
    assert {
        step: (least, ran.get(step, 0), most)
        for step, (least, most) in said.items()
        if not least <= ran.get(step, 0) <= most
    } == {}
