"""What the examples compile to stands beside them."""

from pathlib import Path

import pytest

from mlc_compiler.cli.main import main

ENVIRONMENTS = sorted((Path(__file__).parents[2] / "examples").glob("*/environment.*.yaml"))
"""Each with its target's name in its own."""


def target(environment: Path) -> str:
    return environment.stem.partition(".")[2]


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: f"{path.parent.name} on {target(path)}")
def test_examples(environment: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    beside = environment.parent / target(environment)
    spec = next(path for path in environment.parent.glob("pipeline.*") if path.suffix in (".yaml", ".toml"))
    arguments = ["compile", str(spec), "--target", target(environment), "--env", str(environment), "--out"]
    if request.config.getoption("--update"):
        assert main([*arguments, str(beside)]) == 0
    assert main([*arguments, str(beside), "--check"]) == 0
    assert main([*arguments, str(tmp_path)]) == 0
    assert {path.name for path in beside.iterdir()} == {path.name for path in tmp_path.iterdir()}
