"""`python -m mlc_compiler` is `mlc`."""

from mlc_compiler.cli.main import process

raise SystemExit(process())
