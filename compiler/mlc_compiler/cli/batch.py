"""Many specs at once: checked in portions, by as many processes as there are CPUs where that pays."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlc_compiler.check.environment import Overridable, check_asked, check_itself, overridable
from mlc_compiler.cli.report import verdict
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.diagnostics.reading import reading_diagnostics
from mlc_compiler.driver import Checked, Optimiser, check_file, compile_checked, read_environment
from mlc_compiler.source.document import Document

if TYPE_CHECKING:
    from mlc_compiler.spec.load import Loaded, LoadedEnvironment
    from mlc_compiler.target import Target

PORTION = 25
"""Specs that one process checks in one go: some 0.2 s of work."""

_ALONE = 3 * PORTION
"""Up to so many specs, starting processes takes longer than they save."""


@dataclass(frozen=True)
class Portion:
    """Some specs of one environment.

    Attributes:
        environment: its file; empty for the one that is there without a file, None where nobody asks for one.
        specs: their files.
        target: the name of the target that they are meant for.
    """

    environment: str | None
    specs: tuple[str, ...]
    target: str | None = None


@dataclass
class Findings:
    """What was found.

    Attributes:
        diagnostics: the findings.
        documents: the documents that they are about.
        files: the names of all files that were read.
        known: what overrides of the environment may name.
    """

    diagnostics: list[Diagnostic] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    known: Overridable = field(default_factory=Overridable)

    def add(self, diagnostics: Iterable[Diagnostic], documents: Iterable[Document]) -> None:
        """Note findings, and those of the documents that they are about."""
        found = list(diagnostics)
        about = {place.file for each in found for place in (each.place, *(related.place for related in each.related))}
        self.diagnostics += found
        for document in documents:
            self.files.add(document.file)
            if document.file in about:
                self.documents[document.file] = document

    def join(self, other: Findings) -> None:
        """Add those of a portion."""
        self.diagnostics += other.diagnostics
        self.documents |= other.documents
        self.files |= other.files


def check_all(groups: Iterable[tuple[str | None, Sequence[str]]], target: str | None) -> Findings:
    """Check the specs of each environment, and the environment itself.

    Args:
        groups: environments, as in `Portion`, each with the specs that are meant for it.
        target: the name of the target that all are meant for.
    """
    groups = list(groups)
    portions = [
        Portion(environment, tuple(specs[start : start + PORTION]), target)
        for environment, specs in groups
        for start in range(0, len(specs), PORTION)
    ]
    found = Findings()
    known: dict[str | None, Overridable] = {}
    for portion, part in zip(portions, _checked(portions), strict=True):
        found.join(part)
        known[portion.environment] = known.get(portion.environment, Overridable()) | part.known
    for environment, _ in groups:
        if environment is not None:
            loaded, document = read_environment(Path(environment) if environment else None)
            own = [*reading_diagnostics(document), *loaded.diagnostics]
            if document.data is not None:
                own += check_itself(loaded, known.get(environment))
            found.add(own, [document] if environment else [])
    return found


def check_portion(portion: Portion) -> Findings:
    """Check some specs, and what they ask of their environment and their target."""
    found = Findings()
    loaded: LoadedEnvironment | None = None
    target = _target(portion.target)
    if portion.environment is not None:
        loaded, _ = read_environment(Path(portion.environment) if portion.environment else None)
    files: list[Loaded] = []
    for name in portion.specs:
        checked = check_file(Path(name), name)
        asked = [] if loaded is None else check_asked(loaded, checked.files)
        if loaded is not None and target is not None and checked.sound and not verdict((*loaded.diagnostics, *asked)):
            asked += _unsuitable(target, checked, loaded)
        found.add([*checked.diagnostics, *asked], checked.documents.values())
        files += checked.files
    found.known = overridable(files)
    return found


def _checked(portions: Sequence[Portion]) -> Iterator[Findings]:
    # A copy of this process has imported everything already; a new one would look for modules in the working folder.
    copies = "fork" in multiprocessing.get_all_start_methods()
    processes = min(len(portions), os.cpu_count() or 1) if copies else 1
    if processes < 2 or sum(len(portion.specs) for portion in portions) <= _ALONE:
        yield from map(check_portion, portions)
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) as pool:
        yield from pool.map(check_portion, portions)


def _target(name: str | None) -> Target | None:
    if name is None:
        return None
    from mlc_compiler.cli.targets import find_target  # targets know graphs and plans, which checking alone needs not

    return find_target(name)


def _unsuitable(target: Target, spec: Checked, loaded: LoadedEnvironment) -> tuple[Diagnostic, ...]:
    """What a target cannot do of what a spec asks for."""
    from mlc_compiler.cli.optimiser import with_declared
    from mlc_compiler.cli.project import site_of
    from mlc_compiler.cli.suitable import suit
    from mlc_compiler.passes.facts import Facts
    from mlc_compiler.plan.override import override
    from mlc_compiler.target import Files, costs_of

    file = next(iter(spec.documents))
    root = Path(file).parent.resolve()
    optimiser = with_declared(Optimiser(facts=Facts(costs_of(target))), loaded.environment)
    plan = override(compile_checked(spec, root, optimiser).plan, loaded.environment.overrides)
    site = site_of(loaded.environment, Path(loaded.file).parent.resolve(), root)
    return suit(target, plan, site, Files(file, loaded.file)).diagnostics
