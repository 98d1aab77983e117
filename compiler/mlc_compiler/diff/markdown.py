"""What a change means, as a comment on a pull request.

All that a spec's author wrote stands in code spans, where it is text and nothing else: no HTML, no link, no mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.diff.difference import Change, Difference
from mlc_compiler.diff.words import NOTE, counted, reason, rerun, subject, total, values, verdict

_TICKS = re.compile("`+")


MOST = 60_000
"""Characters of a comment; GitHub takes 65,536."""


def markdown(found: Sequence[tuple[str, Difference | str]]) -> str:
    """Differences as one comment: too long a one leaves the steps out, then what is beyond the limit.

    Args:
        found: what was compared, each with its difference, or with what there is to say where there is none.
    """
    if not found:
        return "No difference.\n"
    for steps in (True, False):
        lines = [line for title, each in found for line in _lines(title, each, steps=steps)]
        if sum(len(line) + 1 for line in lines) <= MOST:
            return "\n".join(lines) + "\n"
    kept, length = 0, 0
    while length + len(lines[kept]) + 1 <= MOST:
        length += len(lines[kept]) + 1
        kept += 1
    return "\n".join([*lines[:kept], "", f"And {len(lines) - kept:,} lines more, which `mlc diff` prints."]) + "\n"


def _lines(title: str, found: Difference | str, *, steps: bool) -> Iterator[str]:
    if isinstance(found, str):
        yield from (f"### {code(title)}: {found}", "")
        return
    yield from (f"### {code(title)}: {verdict(found)}", "")
    if not found.changes and not found.runs:
        return
    said = total(found)
    yield from (f"{said[:1].upper()}{said[1:]}.", "")
    for broken in found.breaking:
        yield f"- **Breaking:** {code('.'.join(map(str, broken.path)))}: {code(broken.message.replace('`', ''))}"
    yield from [""] * bool(found.breaking)
    yield from ("| | change | | runs again |", "| --- | --- | --- | --- |")
    yield from (_row(found, change) for change in found.changes)
    yield ""
    if found.runs:
        yield from _steps(found) if steps else ()
        yield from (f"<sub>{NOTE}</sub>", "")


def _steps(found: Difference) -> Iterator[str]:
    steps = len(found.runs)
    yield from (f"<details><summary>{steps} {'step' if steps == 1 else 'steps'}</summary>", "")
    yield from ("| step | tasks | why |", "| --- | --- | --- |")
    for run in found.runs:
        yield f"| {code(run.fresh.step)} | {code(counted(run))} | {code(reason(found, run))} |"
    yield from ("", "</details>", "")


def _row(found: Difference, change: Change) -> str:
    return f"| {change.kind} | {code(subject(change))} | {code(values(change))} | {code(rerun(found, change))} |"


def code(text: str) -> str:
    """A text as a code span that ends where it should, in a table too; nothing for no text."""
    text = visible(text)
    if not text.strip():
        return ""
    fence = "`" * (max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    inner = f" {text} " if text[0] in "` " or text[-1] in "` " else text
    return f"{fence}{inner}{fence}".replace("|", "\\|")
