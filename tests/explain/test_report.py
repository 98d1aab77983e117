"""The whole report: its totals, as text and as data."""

import json

from mlc_compiler.explain.data import report_data
from mlc_compiler.explain.report import report
from mlc_compiler.explain.text import report_lines
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Edge, Step
from mlc_compiler.passes.facts import Facts, Limits
from mlc_compiler.passes.receipt import Receipt

READ = Step("read", "read", outputs={"table": "table"})
UNUSED = Step("unused", "features", {}, (Edge("rows", "read", "table"),), {"table": "table"})
BEFORE, AFTER = Graph((READ, UNUSED), ()), Graph((READ,), ())
FACTS = Facts(Limits(startup=10, tiles=1_000), durations={"read": 2.0})


def test_text() -> None:
    found = report("shop", 2, BEFORE, AFTER, [Receipt("prune", BEFORE, AFTER), Receipt("hoist", AFTER, AFTER)], FACTS)
    assert "\n".join(report_lines(found)).split("\n") == [
        "shop at -O2",
        "",
        "  prune     dropped a step that nothing reads: `unused`",
        "  hoist     nothing to do",
        "",
        "                 as written  as it runs",
        "  steps                   2           1",
        "  tasks                   2           1",
        "  starts                  2           1",
        "  work                  3 s         2 s",
        "  critical path         3 s         2 s",
        "",
        "  critical path  read",
        "  durations      1 measured by an earlier run",
    ]


def test_data_is_json() -> None:
    found = json.loads(json.dumps(report_data(report("shop", 0, BEFORE, BEFORE, [], FACTS))))
    assert found["passes"] == []
    assert found["after"]["starts"] == 2
    assert found["after"]["work"]["path"] == ["read", "unused"]
    nothing = report_data(report("shop", 0, BEFORE, BEFORE, []))
    assert nothing["after"]["starts"] is None
