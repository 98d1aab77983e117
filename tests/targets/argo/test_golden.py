"""What the examples compile to stands beside them."""

from pathlib import Path

import pytest

from mlc_compiler.cli.main import main

EXAMPLES = sorted(path.parent for path in (Path(__file__).parents[3] / "examples").glob("*/environment.argo.yaml"))


def compiled(example: Path, out: Path) -> dict[str, bytes]:
    spec = next(path for path in example.glob("pipeline.*") if path.suffix in (".yaml", ".toml"))
    environment = example / "environment.argo.yaml"
    assert main(["compile", str(spec), "--target", "argo", "--env", str(environment), "--out", str(out)]) == 0
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples(example: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    beside = example / "argo"
    if request.config.getoption("--update"):
        compiled(example, beside)
    assert compiled(example, tmp_path) == {path.name: path.read_bytes() for path in sorted(beside.iterdir())}
