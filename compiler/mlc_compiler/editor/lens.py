"""How many tasks each training, serving and step makes, as a line above it."""

from __future__ import annotations

from typing import NamedTuple

from mlc_compiler.editor.view import View
from mlc_compiler.source.place import Place
from mlc_compiler.source.problem import Extent


class Lens(NamedTuple):
    """A remark on a piece of the text."""

    extent: Extent
    text: str


def lenses(view: View) -> tuple[Lens, ...]:
    """The remarks on a spec; none where it is not sound, since no graph can be built of it."""
    if view.checked is None or not view.checked.sound or view.checked.entries.main.name != view.file:
        return ()
    # What is behind the check takes a while to import, and is not needed to complete and to report.
    from mlc_compiler.explain.entry import entries
    from mlc_compiler.graph.build import build
    from mlc_compiler.graph.size import Size, task_count, tasks, total
    from mlc_compiler.passes import optimise
    from mlc_compiler.passes.facts import Facts

    graph, _ = optimise(build(view.checked.program), Facts())
    counts: dict[tuple[str, str], list[Size]] = {}
    for step_name, entry in entries(graph).items():
        counts.setdefault((entry.section, entry.name), []).append(tasks(graph, graph.step[step_name]))
    found = [Lens(_key(view, ()), f"{task_count(total(size for sizes in counts.values() for size in sizes))} in all")]
    for section in ("training", "serving", "steps"):
        for name in getattr(view.checked.program.spec, section):
            sizes = counts.get((section, name))
            if sizes:
                found.append(Lens(_key(view, (section, name)), task_count(total(sizes))))
    return tuple(found)


def _key(view: View, path: tuple[str, ...]) -> Extent:
    if not path:
        return 0, 0
    span = view.document.span(Place(view.file, path, "key"))
    return span.start.offset, span.end.offset
