"""What things are, in words, as Markdown."""

from __future__ import annotations

from mlc_compiler.editor.names import Symbol
from mlc_compiler.editor.view import Columns, View, at
from mlc_compiler.expression.functions import Function
from mlc_compiler.expression.types import Type

_NOUNS = {
    "sources": "source",
    "features": "feature group",
    "examples": "examples",
    "training": "training",
    "serving": "serving",
    "experiments": "experiment",
    "steps": "step",
    "parameters": "parameter",
    "include": "included file",
    "connections": "connection of the environment",
    "secrets": "secret of the environment",
    "pools": "pool of the environment",
}


def type_text(kind: Type) -> str:
    """A type as a spec writes it; empty where it is not known."""
    return "" if kind.kind == "unknown" else str(kind)


def about(view: View, symbol: Symbol) -> str:
    """What a name stands for."""
    match symbol.kind:
        case "column":
            kind = view.sources.get(symbol.owner, {}).get(symbol.name)
            return f"`{symbol.name}`{_typed(kind)}, column of source `{symbol.owner}`{_known(view, symbol)}"
        case "feature":
            kind = view.groups.get(symbol.owner, {}).get(symbol.name)
            return f"`{symbol.owner}.{symbol.name}`{_typed(kind)}, feature"
        case "output":
            kind = at(_data(view), "steps", symbol.owner, "outputs", symbol.name)
            return f"`{symbol.owner}.{symbol.name}`: `{kind}`, output of step `{symbol.owner}`"
        case "sources":
            return _with_columns(f"source `{symbol.name}`", view.sources.get(symbol.name, {}))
        case "features":
            return _with_columns(f"feature group `{symbol.name}`", view.groups.get(symbol.name, {}))
        case "examples":
            return f"examples `{symbol.name}`{_of_examples(view, symbol.name)}"
        case "training":
            return f"training `{symbol.name}`{_of_training(view, symbol.name)}"
        case "parameters":
            parameter = at(_data(view), "parameters", symbol.name)
            return f"parameter `${symbol.name}`: `{at(parameter, 'type')}`, by default `{at(parameter, 'default')}`"
        case "include":
            return f"included file `{at(_data(view), 'include', symbol.name)}`"
        case "connections" | "secrets" | "pools":
            kind = at(view.environment.data, symbol.kind, symbol.name, "type") if view.environment else None
            return f"{_NOUNS[symbol.kind]} `{symbol.name}`" + (f", a `{kind}`" if kind else "")
        case _:
            return f"{_NOUNS[symbol.kind]} `{symbol.name}`"


def about_function(function: Function) -> str:
    """How a function is called, and what it gives."""
    ways = []
    for signature in function.signatures:
        taken, _, given = signature.text.partition("->")
        ways.append(f"{function.name}({taken.strip()}) -> {given.strip()}")
    return "```\n" + "\n".join(ways) + f"\n```\n{function.summary}"


def _typed(kind: Type | None) -> str:
    text = type_text(kind) if kind is not None else ""
    return f": `{text}`" if text else ""


def _known(view: View, symbol: Symbol) -> str:
    source = view.program.sources.get(symbol.owner) if view.program else None
    if source is None or symbol.name not in source.known:
        return ""
    known = source.known[symbol.name]
    if not known:
        return "\n\nalways known"
    return "\n\nknown at " + " and ".join(f"`{expression.text}`" for expression in known)


def _with_columns(heading: str, columns: Columns) -> str:
    listed = [f"- `{name}`{_typed(kind)}" for name, kind in columns.items()]
    return heading + ("\n\n" + "\n".join(listed) if listed else "")


def _of_examples(view: View, name: str) -> str:
    facts = view.program.examples.get(name) if view.program else None
    if facts is None:
        return ""
    label = {"binary": "a label that is true or false", "classes": "a label of classes", "number": "a number as label"}
    return f": rows of `{facts.source}`" + (f", with {label[facts.task]}" if facts.task else "")


def _of_training(view: View, name: str) -> str:
    facts = view.program.trainings.get(name) if view.program else None
    if facts is None:
        return ""
    listed = "\n".join(f"- `{each.name}`{_typed(each.type)}" for each in facts.inputs)
    return f" on `{facts.examples}`: `{facts.spec.model.use}`\n\n{listed}"


def _data(view: View) -> object:
    return view.checked.entries.main.loaded.data if view.checked else None
