"""Compiling the countries, 20,200 fits from forty lines, and a chain of thirty steps: whole processes, cold, and bytes.

Beside them peers. Metaflow puts the code of a flow into S3 when it compiles: MinIO stands in for that, on this machine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks import peer
from tests.benchmarks.row import Row, in_text, interleaved, ratios
from tests.engines.argo import bucket

ROUNDS = 7
COUNTRIES = Path(__file__).parents[2] / "examples/countries"
_AIMS = {"kfp": "", "hera": "", "metaflow": "<= 0.1"}


def rows(target: str = "argo", rounds: int = ROUNDS) -> Iterator[Row]:
    """The rows of compiling.

    Args:
        target: what is compiled to.
        rounds: how often everything is measured.
    """
    with tempfile.TemporaryDirectory() as folder, bucket.server() as s3:
        out = Path(folder)
        metaflow = partial(_metaflow, s3, out)
        taken = interleaved(
            {
                "pass": partial(seconds, [sys.executable, "-c", "pass"]),
                "mlc": partial(seconds, compiling(COUNTRIES / "pipeline.yaml", target, out / "mlc")),
                **{name: partial(seconds, _peer(name, out)) for name in ("kfp", "hera")},
                "metaflow": partial(metaflow, "countries"),
            },
            rounds,
        )
        ours, start = ms(taken["mlc"]), f"python -c pass, {ms(taken['pass'])}"
        yield Row(f"compile to {target}", ours, start, ratios(taken["mlc"], taken["pass"]), "<= 35")
        for name in _AIMS:
            beside = f"{name} {peer.VERSIONS[name]}, {ms(taken[name])}"
            yield Row(f"compile to {target}", ours, beside, ratios(taken["mlc"], taken[name]), "< 1")
        for name, aim in _AIMS.items():
            yield _bytes("bytes emitted", out / "mlc", name, out / f"{name}.yaml", aim)
        chain = out / "chain.yaml"
        chain.write_text(_chain(), encoding="utf-8")
        (out / "functions.py").write_text("def step(): ...\n", encoding="utf-8")
        seconds(compiling(chain, target, out / "chain"))
        metaflow("chain")
        yield _bytes("bytes emitted, thirty steps", out / "chain", "metaflow", out / "metaflow.yaml", "<= 0.1")
        yield from _pods(target, out)


def main() -> None:
    """Print the rows."""
    print(in_text(rows()))


def compiling(spec: Path, target: str, out: Path) -> list[str]:
    """The command that compiles a spec."""
    environment = ["--env", str(COUNTRIES / "environment.argo.yaml")] if target == "argo" else []
    command = [sys.executable, "-m", "mlc_compiler", "compile", str(spec)]
    return [*command, "--target", target, "--out", str(out), *environment]


def seconds(command: Sequence[str], variables: Mapping[str, str] | None = None, output: Path | None = None) -> float:
    """What a command takes.

    Args:
        command: what is run.
        variables: of its environment, beside those of this process.
        output: a file for what it prints.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    done = subprocess.run(command, env={**inherited, **(variables or {})}, check=True, capture_output=True)
    taken = time.perf_counter() - start
    if output is not None:
        output.write_bytes(done.stdout)
    return taken


def ms(taken: Sequence[float]) -> str:
    """The middle of some times."""
    return f"{sorted(taken)[len(taken) // 2] * 1000:,.0f} ms"


def _peer(name: str, out: Path) -> list[str]:
    return [peer.python(name), peer.script(f"{name}_countries.py"), str(out / f"{name}.yaml")]


def _metaflow(s3: bucket.Server, out: Path, flow: str) -> float:
    """What Metaflow takes for a flow; what it would send to the cluster is written to a file."""
    variables = {
        **s3.environment(),
        "METAFLOW_DATASTORE_SYSROOT_S3": f"s3://{bucket.BUCKET}/metaflow",
        "METAFLOW_S3_ENDPOINT_URL": s3.endpoint,
        "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(out),
        "METAFLOW_HOME": str(out),
        "USERNAME": "bench",
    }
    command = [peer.python("metaflow"), peer.script(f"metaflow_{flow}.py"), "--no-pylint", "--datastore", "s3"]
    printed = out / "metaflow.yaml"
    return seconds([*command, "argo-workflows", "create", "--only-json"], variables, printed)


def _bytes(figure: str, ours: Path, name: str, theirs: Path, aim: str) -> Row:
    mine = sum(file.stat().st_size for file in ours.rglob("*") if file.is_file())
    other = theirs.stat().st_size
    return Row(figure, f"{mine:,}", f"{name} {peer.VERSIONS[name]}, {other:,}", [mine / other], aim)


def _pods(target: str, out: Path) -> Iterator[Row]:
    """The most pods that a run of the countries starts, by the certificate that compiling prints."""
    command = [*compiling(COUNTRIES / "pipeline.yaml", target, out / "certified"), "--certificate"]
    seconds(command, output=out / "certificate")
    found = re.search(r"^pods of a run +([\d,]+)", (out / "certificate").read_text(encoding="utf-8"), re.MULTILINE)
    if found:
        pods = int(found[1].replace(",", ""))
        yield Row("pods of a run of 20,200 fits", f"{pods:,}", "a pod a fit, 20,200", [pods / 20_200], "<= 400")


def _chain() -> str:
    steps = "\n".join(f"  s{n}: {{use: functions:step{f', after: [s{n - 1}]' if n else ''}}}" for n in range(30))
    return f"mlc: 1\nname: chain\nsteps:\n{steps}\n"


if __name__ == "__main__":
    main()
