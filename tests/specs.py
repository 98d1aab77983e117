"""The specs that lie about in this tree, for tests that hold all of them to something."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlc_compiler.diagnostics.catalogue import codes, page

ROOT = Path(__file__).parents[1]
EXAMPLES = tuple(sorted((ROOT / "examples").glob("*/pipeline.*")))
WHOLE = (*EXAMPLES, ROOT / "compiler/mlc_compiler/cli/template/pipeline.yaml")
"""Those of whole pipelines."""
WARNED = tuple(sorted((ROOT / "tests/err").glob("*.yaml")))
"""Those that something is wrong with, or to be warned of."""
HEAD = "mlc: 1\nname: sample\n"


def samples(folder: Path) -> Iterator[Path]:
    """The specs on the pages of diagnostics, each in a file."""
    texts = (sample for code in codes() for sample in (*page(code).good, *page(code).bad))
    for number, sample in enumerate(each for each in texts if each.language in ("yaml", "toml")):
        whole = sample.text if re.search(r"^mlc\b", sample.text, re.MULTILINE) else HEAD + sample.text
        path = folder / f"sample{number}.{sample.language}"
        path.write_text(whole, encoding="utf-8")
        yield path


def shuffled(data: Any, dice: random.Random, path: tuple[str | int, ...] = ()) -> Any:
    """A document's data with the keys of every mapping in any order, but for those whose order means something."""
    if isinstance(data, list):
        return [shuffled(item, dice, (*path, number)) for number, item in enumerate(data)]
    if not isinstance(data, dict) or path[:1] + path[2:3] == ("training", "grid"):
        return data
    items = [(key, shuffled(value, dice, (*path, key))) for key, value in data.items()]
    if path[:1] + path[2:] != ("training", "prepare"):
        dice.shuffle(items)
    return dict(items)
