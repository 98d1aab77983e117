"""`mlc models`: the registry of a project's models."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.place import add_store, store_of
from mlc_compiler.cli.report import add_format
from mlc_compiler.cli.table import table

if TYPE_CHECKING:
    from mlc_runtime.registry import Verdict
    from mlc_runtime.store.store import Store


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=("list", "show", "promote", "rollback"))
    parser.add_argument("model", nargs="?", metavar="NAME[@VERSION]", help="a training, and a version of its model")
    add_store(parser)
    add_format(parser, "text", "json")


def run(options: Namespace) -> int:
    """List, show, or move what is live."""
    from mlc_runtime import registry
    from mlc_runtime.act import act_now
    from mlc_runtime.errors import InfrastructureError, StepError
    from mlc_runtime.store import open_store

    if options.action != "list" and not options.model:
        print(f"`mlc models {options.action}` needs a model's name", file=sys.stderr)
        return exits.WRONG_USAGE
    if options.action == "list" and options.model:
        print(f"`mlc models list` takes no name; did you mean `--spec {options.model}`?", file=sys.stderr)
        return exits.WRONG_USAGE
    name, _, version = (options.model or "").partition("@")
    try:
        store = open_store(store_of(options))
        match options.action:
            case "list":
                _list(store, registry.models(store), options.format)
            case "show":
                _show(store, name, version or None, options.format)
            case "promote":
                chosen = registry.find(store, name, version or "candidate")
                said = registry.last_verdict(store, name, chosen.version)
                if said is not None and not said.passed:
                    print(f"{name}@{chosen.version} did not pass its gate: {_told(said)}", file=sys.stderr)
                moved = registry.promote(store, name, chosen.version, **act_now())
                print(f"live: {name}@{moved.version}")
            case "rollback":
                moved = registry.rollback(store, name, **act_now())
                print(f"live: {name}@{moved.version}")
    except InfrastructureError as error:
        print(error.message, file=sys.stderr)
        return exits.UNREACHABLE
    except StepError as error:
        print(f"{error.code}: {error.message}. {error.help}".rstrip(), file=sys.stderr)
        return exits.WRONG_USAGE
    return exits.DONE


def _list(store: Store, names: list[str], form: str) -> None:
    from mlc_runtime import registry

    found = [
        {
            "model": name,
            "versions": len(registry.versions(store, name)),
            "live": registry.standing(store, name, "live"),
            "candidate": registry.standing(store, name, "candidate"),
        }
        for name in names
    ]
    if form == "json":
        print(json.dumps(found, indent=2))
    elif not found:
        print("no models")
    else:
        rows = [["model", "versions", "live", "candidate"]]
        rows += [["-" if value is None else str(value) for value in row.values()] for row in found]
        print("\n".join(table(rows)))


def _instant(micros: int) -> str:
    """A logical time as the registry's other times are written."""
    return (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)).isoformat()


def _told(verdict: Verdict) -> str:
    """A gate's condition, and what it read."""
    read = ", ".join(f"{name} = {'none' if value is None else value}" for name, value in verdict.values.items())
    return verdict.text + (f" ({read})" if read else "")


def _show(store: Store, name: str, which: str | None, form: str) -> None:
    from mlc_runtime import registry

    versions = [registry.find(store, name, which)] if which else registry.versions(store, name)
    if not versions:
        registry.find(store, name)
    moves = [asdict(move) for move in registry.moves(store, name, "live")]
    gates = [said for version in versions if (said := registry.last_verdict(store, name, version.version))]
    if form == "json":
        found = {"versions": [asdict(version) for version in versions], "moves": moves, "gates": [*map(asdict, gates)]}
        print(json.dumps(found, indent=2))
        return
    live = registry.standing(store, name, "live")
    for version in versions:
        print(f"{name}@{version.version}{' (live)' if version.version == live else ''}")
        for field, value in asdict(version).items():
            if field not in ("name", "version", "metrics") and value not in (None, "", {}):
                print(f"  {field.replace('_', ' '):<11}{_instant(value) if field == 'as_of' else value}")
        said = registry.last_verdict(store, name, version.version)
        if said is not None:
            print(f"  {'gate':<11}{'yes' if said.passed else 'no'}: {_told(said)}")
        for part in ("validation", "test"):
            scores = version.metrics.get(part)
            if scores:
                shown = ", ".join(
                    f"{name} {value:.4g}" for name, value in scores["metrics"].items() if value is not None
                )
                print(f"  {part:<11}{shown} ({scores['rows']:,} rows)")
    for move in moves:
        print(f"{move['action']} to {move['version']} by {move['who']} at {move['when']}")
