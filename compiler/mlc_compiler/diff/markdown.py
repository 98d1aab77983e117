"""What a change means, as a comment on a pull request.

All that a spec's author wrote stands in code spans, where it is text and nothing else: no HTML, no link, no mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.diff.difference import Change, Difference
from mlc_compiler.diff.words import NOTE, amount, by_entry, reason, subject, total, values, verdict

_TICKS = re.compile("`+")


def markdown_lines(title: str, found: Difference) -> Iterator[str]:
    """A difference, line by line.

    Args:
        title: what is compared.
        found: the difference.
    """
    yield f"### {code(title)}: {verdict(found)}"
    yield ""
    if not found.changes and not found.runs:
        return
    yield f"{total(found)[:1].upper()}{total(found)[1:]}."
    yield ""
    for broken in found.breaking:
        yield f"- **Breaking:** {code('.'.join(map(str, broken.path)))}: {code(broken.message.replace('`', ''))}"
    if found.breaking:
        yield ""
    yield "| | change | | runs again |"
    yield "| --- | --- | --- | --- |"
    yield from (_row(found, change) for change in found.changes)
    yield ""
    if found.runs:
        steps = len(found.runs)
        yield f"<details><summary>{steps} {'step' if steps == 1 else 'steps'}</summary>"
        yield ""
        yield "| step | tasks | why |"
        yield "| --- | --- | --- |"
        for run in found.runs:
            count = f"{amount(run.fresh.new, run.fresh.maybe)} of {run.fresh.of}"
            yield f"| {code(run.fresh.step)} | {code(count)} | {code(reason(found, run))} |"
        yield ""
        yield "</details>"
        yield ""
        yield f"<sub>{NOTE}</sub>"
        yield ""


def _row(found: Difference, change: Change) -> str:
    runs = tuple(run for run in found.runs if run.fresh.step in change.steps)
    parts = ", ".join(f"{entry} {amount(*sizes)}" for entry, sizes in by_entry(runs).items())
    return f"| {change.kind} | {code(subject(change))} | {code(values(change))} | {code(parts)} |"


def code(text: str) -> str:
    """A text as a code span that ends where it should, in a table too; nothing for no text."""
    text = visible(text)
    if not text.strip():
        return ""
    fence = "`" * (max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    inner = f" {text} " if text[0] in "` " or text[-1] in "` " else text
    return f"{fence}{inner}{fence}".replace("|", "\\|")
