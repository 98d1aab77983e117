"""The same spec gives the same bytes, from any folder, under any hash seed."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

ROOT = Path(__file__).parents[2]
PROJECTS = {"flights": "pipeline.yaml", "penguins": "pipeline.toml"}
COMPILE = """
import sys
from pathlib import Path
from mlc_compiler.driver import check_file, compile_checked
from mlc_compiler.graph.text import dump as printed
from mlc_runtime.plan import dump, load
spec = Path(sys.argv[1])
compiled = compile_checked(check_file(spec), spec.parent.resolve())
plan = dump(compiled.plan)
assert dump(load(plan)) == plan
sys.stdout.buffer.write(plan + printed(compiled.graph).encode())
"""


@pytest.mark.parametrize("name", PROJECTS)
def test_bytes_are_equal_from_any_folder_under_any_hash_seed(name: str, tmp_path: Path) -> None:
    made = []
    for seed in ("1", "2"):
        folder = tmp_path / f"copy{seed}"
        copytree(ROOT / "examples" / name, folder, ignore=ignore_patterns("data", ".mlc", "predictions"))
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(map(str, sys.path))}
        arguments = [sys.executable, "-c", COMPILE, str(folder / PROJECTS[name])]
        made.append(subprocess.run(arguments, env=environment, cwd=folder, check=True, capture_output=True).stdout)
    assert made[0] == made[1]
    assert str(tmp_path).encode() not in made[0]
    assert len(made[0]) > 10_000
