"""One attempt at an operation: what it printed is caught, what it raised is told in the user's own frames."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.errors import InfrastructureError, InvalidInputError, PassingError, StepError
from mlc_runtime.seed import seed

_HERE = str(Path(__file__).parent)
_LOG = 1 << 20  # characters kept of what a task prints


@dataclass(frozen=True)
class Attempt:
    """How one attempt ended.

    Attributes:
        outputs: by port, or None where it failed.
        log: what was printed and warned of.
        seconds: how long it took.
        error: what went wrong, in a line.
        code: a code of the diagnostics' catalogue.
        help: how to mend it.
        traceback: the frames of user code and libraries.
        hopeless: whether another attempt would end alike.
    """

    outputs: Mapping[str, Any] | None
    log: str
    seconds: float
    error: str = ""
    code: str = ""
    help: str = ""
    traceback: str = ""
    hopeless: bool = False


def execute(op: str, inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Attempt:
    """Run an operation once.

    `random` and `numpy.random` are seeded first, so that neither the order of tasks nor their tile shows in a result.

    Raises:
        InfrastructureError: as the operation raised it.
        InvalidInputError: as the operation raised it.
    """
    printed = _Tail()
    started = time.monotonic()
    try:
        with _one_process(), _caught(printed):
            seed(context.seed)
            outputs = load_operation(op, context.root).run(inputs, params, replace(context, log=printed.line))
        return Attempt({} if outputs is None else outputs, printed.text(), time.monotonic() - started)
    except (InfrastructureError, InvalidInputError):
        raise
    except StepError as error:
        seconds, hopeless = time.monotonic() - started, not isinstance(error, PassingError)
        return Attempt(None, printed.text(), seconds, error.message, error.code, error.help, hopeless=hopeless)
    # Also what user code raises to end its process. No engine ends a task this way: workers are killed by signals that
    # raise nothing and are out of the terminal's reach, and `python -m mlc_runtime` notes its signals.
    except BaseException as error:  # noqa: BLE001 - whatever user code raises is its failure, not ours
        seconds, help_ = time.monotonic() - started, _own_line(error, context.root)
        return Attempt(None, printed.text(), seconds, _line(error), "MLC960", help_, _frames(error))


def load_operation(op: str, root: Path) -> Any:
    """The module of an operation: one of ours, or a dotted name of anyone's.

    Raises:
        InvalidInputError: `MLC961`, there is none of the name.
    """
    if "." in op and str(root) not in sys.path:
        sys.path.insert(0, str(root))
    name = op if "." in op else f"mlc_runtime.ops.{op}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise InvalidInputError(
            "MLC961",
            f"this runtime has no operation `{op}`",
            "Compile the spec and build the step image with the same version of mlc.",
        ) from error


class _Tail(io.TextIOBase):
    """Text that is written, of which the end is kept."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._cut = False

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._parts.append(text)
        self._length += len(text)
        if self._length > 2 * _LOG:
            self._parts = ["".join(self._parts)[-_LOG:]]
            self._length, self._cut = _LOG, True
        return len(text)

    def line(self, text: str) -> None:
        self.write(f"{text}\n")

    def text(self) -> str:
        whole = "".join(self._parts)
        return f"... (the beginning is cut)\n{whole[-_LOG:]}" if self._cut or len(whole) > _LOG else whole


@contextlib.contextmanager
def _caught(printed: _Tail) -> Iterator[None]:
    """What is printed goes to `printed`, and after it what was warned of."""
    with (
        warnings.catch_warnings(record=True) as noted,
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        warnings.simplefilter("default")
        try:
            yield
        finally:
            for one in noted:
                printed.line(f"{Path(one.filename).name}:{one.lineno}: {one.category.__name__}: {one.message}")


@contextlib.contextmanager
def _one_process() -> Iterator[None]:
    """Where a process comes back that the code forked and did not end, it ends: there is one to go on, its parent."""
    process, status = os.getpid(), 1
    try:
        yield
        status = 0
    finally:
        if os.getpid() != process:
            os._exit(status)


def _line(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the code ended the process with `sys.exit({error.code!r})`"
    return _encodable("".join(traceback.format_exception_only(error)).strip())


def _own_line(error: BaseException, root: Path) -> str:
    """Where in the project's own code it happened, which is the line to look at first."""
    home = root.resolve()
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if Path(f.filename).resolve().is_relative_to(home)]
    if not own and isinstance(error, TypeError) and frames[-1].filename.startswith(_HERE):
        return (
            "Python could not make the call: compare the parameters of what the spec names with those in the message."
        )
    if not own:
        return "None of your own code is in the traceback: a library refuses what the spec gives it."
    return f"Your own code was at line {own[-1].lineno} of `{Path(own[-1].filename).resolve().relative_to(home)}`."


def _frames(error: BaseException) -> str:
    """The traceback without our own frames, innermost last; causes first, as Python prints them."""
    whole = traceback.TracebackException.from_exception(error)
    link: traceback.TracebackException | None = whole
    while link is not None:
        link.stack = traceback.StackSummary.from_list([f for f in link.stack if not f.filename.startswith(_HERE)])
        link = link.__cause__ or link.__context__
    return _encodable("".join(whole.format()))


def _encodable(text: str) -> str:
    """Text that can be written anywhere: what stands for bytes that are none, as in names of files, is escaped."""
    return text.encode("utf-8", "backslashreplace").decode()
