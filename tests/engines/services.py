"""Programs that run beside the tests: started in order, waited for, and stopped by their own process ids."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Service:
    """A running program and the file that holds what it prints."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until it is ready.

        Raises:
            RuntimeError: It ended, or was not ready in time; with the end of its log.
        """
        end = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} is not ready after {seconds:.0f} s:\n{self.tail()}")
            time.sleep(0.05)

    def tail(self, size: int = 4000) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-size:]

    def stop(self) -> None:
        """End it; what it leaves is of no use to anyone."""
        self.process.kill()
        self.process.wait()


def start(name: str, argv: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None) -> Service:
    """Start a program, which also ends if this process is killed."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *argv],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Service(name, process, log)


def command_line(program: Path, options: Mapping[str, object]) -> list[str | Path]:
    """A program and its options as `--name=value`."""
    return [program, *(f"--{name}={value}" for name, value in options.items())]


def free_ports(count: int) -> list[int]:
    """So many ports of the loopback interface that nobody uses, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
