"""The whole compiler on one page: text -> document -> spec -> facts -> graph -> passes -> plan.

Checking is what people wait for as they type: it imports no stage behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlc_compiler.check.calls import check_calls
from mlc_compiler.check.check import check
from mlc_compiler.check.entries import Entries, File
from mlc_compiler.check.environment import check_environment as check_names
from mlc_compiler.check.facts import Program
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.diagnostics.reading import reading_diagnostics
from mlc_compiler.source.boundary import inside, project_of
from mlc_compiler.source.document import Document
from mlc_compiler.source.place import Place
from mlc_compiler.source.read import read_file
from mlc_compiler.source.there import is_file
from mlc_compiler.spec.load import Loaded, LoadedEnvironment, load_environment, load_spec

if TYPE_CHECKING:
    from mlc_compiler.graph.graph import Graph
    from mlc_compiler.passes.facts import Facts
    from mlc_compiler.passes.receipt import Receipt
    from mlc_compiler.plan.code import Closures
    from mlc_runtime.plan import Plan

Reader = Callable[[Path, str], Document]
"""What reads a file: from the disk, or as an editor holds it."""


@dataclass(frozen=True)
class Checked:
    """A spec that was read and checked.

    Attributes:
        program: the facts of what is sound; complete where no finding is an error.
        diagnostics: the findings.
        documents: the documents read, by the name that places carry.
        entries: the spec, and the files that it includes, by their aliases.
    """

    program: Program
    diagnostics: tuple[Diagnostic, ...]
    documents: Mapping[str, Document]
    entries: Entries

    @property
    def files(self) -> tuple[Loaded, ...]:
        """The spec, and the files that it includes."""
        return tuple(file.loaded for file in self.entries.files)

    @property
    def sound(self) -> bool:
        """Whether a graph can be built."""
        return all(diagnostic.severity != "error" for diagnostic in self.diagnostics)


@dataclass(frozen=True)
class Compiled:
    """A spec as a plan.

    Attributes:
        program: the facts that it was built from.
        built: the graph as the spec has it.
        graph: the graph after the passes.
        receipts: what each pass did.
        plan: the graph, lowered.
        facts: what the passes decided by.
        code: what the user's code that steps name reaches.
        diagnostics: what reading the user's code found to warn of.
    """

    program: Program
    built: Graph
    graph: Graph
    receipts: tuple[Receipt, ...]
    plan: Plan
    facts: Facts
    code: Closures
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class Optimiser:
    """How hard the graph is optimised.

    Attributes:
        level: 0, 1 or 2.
        without: names of passes that are left out.
        facts: durations, and the target's costs and limits; None for those of this machine.
    """

    level: int = 2
    without: tuple[str, ...] = ()
    facts: Facts | None = None


def check_file(path: Path, shown: str | None = None, read: Reader = read_file) -> Checked:
    """Read and check a spec and the files that it includes.

    Args:
        path: the spec.
        shown: its name in messages; the path as given by default.
        read: reads a file, and gives the document the name that it has in messages.
    """
    name = shown or str(path)
    documents = {name: read(path, name)}
    spec = load_spec(documents[name])
    diagnostics = _findings(documents[name], spec.diagnostics)
    included: list[File] = []
    for alias, target in spec.spec.include.items():
        file = str(Path(name).parent / target)
        place = spec.place("include", alias)
        if not inside(path.parent / target, project_of(path)):
            help_ = "what a stranger's spec may read ends at the repository; copy the file into it"
            diagnostics.append(Diagnostic("MLC206", f"`{target}` lies outside the project", place, help=help_))
            spec = replace(spec, broken=spec.broken | {("include", alias)})
            continue
        document = read(path.parent / target, file)
        if document.data is not None or is_file(path.parent / target):
            documents[file] = document
            included.append(File(alias, load_spec(document)))
            diagnostics += _findings(document, included[-1].loaded.diagnostics)
        else:
            message = f"`{target}` cannot be read"
            diagnostics.append(Diagnostic("MLC206", message, place, help="paths start at the spec's folder"))
        if document.data is None:
            spec = replace(spec, broken=spec.broken | {("include", alias)})
    files = (File("", spec), *included)
    entries = Entries(files)
    program, found = check(entries)
    if documents[name].data is not None:
        diagnostics += _exact([*found, *check_calls(program, entries, path.parent)], files)
    return Checked(program, tuple(diagnostics), documents, entries)


def read_environment(
    path: Path | None, shown: str | None = None, read: Reader = read_file
) -> tuple[LoadedEnvironment, Document]:
    """Read an environment.

    Args:
        path: the environment; None for the one that is there without a file: nothing is connected.
        shown: its name in messages; the path as given by default.
        read: reads a file, and gives the document the name that it has in messages.
    """
    document = Document("environment.yaml", "", "yaml", {}) if path is None else read(path, shown or str(path))
    return load_environment(document), document


def check_environment(
    path: Path | None, specs: Iterable[Checked] = (), shown: str | None = None, read: Reader = read_file
) -> tuple[LoadedEnvironment, list[Diagnostic], Mapping[str, Document]]:
    """Read and check an environment, and what specs ask of it by name.

    Args:
        path, shown, read: as for `read_environment`.
        specs: those that are meant for it.
    """
    loaded, document = read_environment(path, shown, read)
    diagnostics = _findings(document, loaded.diagnostics)
    if document.data is not None:
        diagnostics += check_names(loaded, [file for spec in specs for file in spec.files])
    return loaded, diagnostics, {} if path is None else {document.file: document}


def compile_checked(
    checked: Checked,
    root: Path,
    optimiser: Optimiser | None = None,
    build: Callable[[Program], Graph] | None = None,
) -> Compiled:
    """Facts to plan.

    Args:
        checked: sound.
        root: the project's folder, where the user's code is read.
        optimiser: how hard to optimise; all passes by default.
        build: facts to graph; the whole spec's by default.
    """
    from mlc_compiler.graph.build import build as build_all
    from mlc_compiler.graph.verify import verify
    from mlc_compiler.passes import optimise
    from mlc_compiler.passes.facts import Facts
    from mlc_compiler.plan.code import closures
    from mlc_compiler.plan.imports import untold_imports
    from mlc_compiler.plan.lower import lower

    chosen = optimiser or Optimiser()
    built = (build or build_all)(checked.program)
    problems = verify(built)
    if problems:
        raise AssertionError("\n".join(problems))
    facts = chosen.facts or Facts()
    graph, receipts = optimise(built, facts, chosen.level, chosen.without)
    code = closures(graph, root)
    plan = lower(graph, checked.program, code)
    warnings = untold_imports(graph, next(iter(checked.documents)), code)
    return Compiled(checked.program, built, graph, receipts, plan, facts, code, tuple(warnings))


def compile_online(checked: Checked, root: Path, name: str) -> Plan:
    """The plan of an online serving, by which a server answers; its description is a part of it.

    Args:
        checked: sound.
        root: the project's folder, where the user's code is read.
        name: of the serving.

    Raises:
        NotServedError: it is no online serving.
    """
    from mlc_compiler.graph.online import AS_WRITTEN, described, online_graph

    optimiser = Optimiser(without=AS_WRITTEN)
    plan = compile_checked(checked, root, optimiser, lambda program: online_graph(program, name)).plan
    serving = described(checked.program, checked.program.servings[name])
    return replace(plan, spec={**plan.spec, "serving": serving})


def _findings(document: Document, shape: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [*reading_diagnostics(document), *shape]


def _exact(found: Iterable[Diagnostic], files: Iterable[File]) -> list[Diagnostic]:
    """Findings about the model, at their places in the documents, where much is written in a shorter form."""
    loaded = {file.name: file.loaded for file in files}

    def exact(place: Place) -> Place:
        return loaded[place.file].exact(place)

    return [
        replace(
            each,
            place=exact(each.place),
            related=tuple(related._replace(place=exact(related.place)) for related in each.related),
            fix=each.fix and each.fix._replace(edits=tuple(e._replace(place=exact(e.place)) for e in each.fix.edits)),
        )
        for each in found
    ]
