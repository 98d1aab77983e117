"""A pipeline in which every field that takes free text holds every hostile one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tests.targets.argo.hostile import HOSTILE

from mlc_containers.manifest import dump_manifest

NAMES = [f"t{number}" for number in range(len(HOSTILE))]
GIVEN = [f"given_{name}" for name in NAMES]
"""Parameters that get theirs from whoever starts a run."""
HIDDEN = {name: text.replace("\0", "") for name, text in zip(NAMES, HOSTILE, strict=True)}
"""Secrets, which a step gets as variables: one ends at a NUL."""
TOLD = " ".join(HIDDEN.values())
"""All of them at once."""


def make_hostile(project: Path, folder: Path, environment: dict[str, Any]) -> Path:
    """Make a copy of a project with the pipeline, its data and its environment; the spec.

    Args:
        project: what is copied, with its functions.
        folder: where to.
        environment: what the new environment also says.
    """
    root = Path(shutil.copytree(project, folder / project.name))
    rows = {"id": list(range(len(HOSTILE))), "team": list(HOSTILE)}
    pq.write_table(pa.table(rows), root / "data" / "hostile.parquet")
    spec = {
        "mlc": 1,
        "name": "hostile",
        "description": " ".join(HOSTILE),
        "parameters": {
            **{name: {"type": "string", "default": text} for name, text in zip(NAMES, HOSTILE, strict=True)},
            **{name: {"type": "string", "default": "x"} for name in GIVEN},
            "choice": {"type": "string", "default": HOSTILE[0], "one_of": list(HOSTILE)},
        },
        "sources": {
            "rows": {"read": "data/hostile.parquet", "columns": {"id": "int", "team": "string"}, "key": ["id"]},
        },
        "steps": {
            "told": {
                "use": "functions:told",
                "with": {
                    **{name: f"${name}" for name in (*NAMES, *GIVEN)},
                    "choice": "$choice",
                    "literal": {text: text for text in HOSTILE if not text.startswith("$")},
                },
                "outputs": {"text": "string"},
            },
            "hidden": {
                "use": "functions:hidden",
                "secrets": {name: name for name in NAMES},
                "outputs": {"text": "string"},
            },
            "each": {
                "use": "functions:team",
                "inputs": {"rows": "sources.rows"},
                "each": "rows.team",
                "outputs": {"text": "string"},
            },
            "ask": {"approve": {"message": "\n".join(HOSTILE), "timeout": "1h"}},
        },
    }
    place = {
        **environment,
        "secrets": {name: {"kubernetes": {"secret": "hostile", "key": name}} for name in NAMES},
    }
    place["targets"]["argo"] |= {
        "owner": "\n".join(HOSTILE),
        "annotations": {f"acme.example/{name}": text for name, text in zip(NAMES, HOSTILE, strict=True)},
    }
    (root / "hostile.environment.yaml").write_bytes(dump_manifest(place))
    (root / "hostile.yaml").write_bytes(dump_manifest(spec))
    return root / "hostile.yaml"
