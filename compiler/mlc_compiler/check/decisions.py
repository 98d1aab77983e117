"""What is done with probabilities: only a label that asks for one has them."""

from __future__ import annotations

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.metrics import LABELS


def check_decisions(program: Program, _: Entries, findings: Findings) -> None:
    """`calibrate` and `threshold` on labels without probabilities, or without a yes and a no."""
    for training in program.trainings.values():
        spec, task = training.spec, training.task
        wrong = []
        if spec.calibrate is not None and task == "number":
            wrong.append(("calibrate", "only a bool or a string label has probabilities to calibrate"))
        if spec.threshold is not None and task != "binary":
            wrong.append(("threshold", "a threshold decides between yes and no, which only a bool label has"))
        for key, why in wrong:
            findings.add(
                "MLC510",
                f"`{key}` on a label that is {LABELS[task]}",
                training.place.child(key),
                why=why,
                help=f"leave `{key}` out, or make the label a comparison, such as `x > 0`",
            )
