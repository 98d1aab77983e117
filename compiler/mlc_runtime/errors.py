"""How a task ends badly: three kinds, told apart by whose turn it is to act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class StepError(Exception):
    """The step itself failed: its data, its code or its settings are wrong; trying again changes nothing.

    Attributes:
        code: a code of the diagnostics' catalogue, `MLC9xx`.
        message: what is wrong, terse, lower-case, names in backticks.
        help: how to mend it.
        step: the name of the step that it is about, where no task of it was running.
    """

    step = ""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


class PassingError(StepError):
    """The step itself failed, for a reason that may have passed when it is tried again."""


@contextmanager
def about(step: str) -> Iterator[None]:
    """Say of what goes wrong which step it is about."""
    try:
        yield
    except StepError as error:
        error.step = error.step or step
        raise


class InvalidInputError(StepError):
    """What the runner was given does not fit: the plan's version, a library's version, a lost object."""


class InfrastructureError(StepError):
    """The machine, the network or the store failed; the same task may succeed when tried again."""


class IncompleteError(InfrastructureError):
    """A task reads another one that has neither a result nor a failure yet."""


class CancelledError(Exception):
    """The run was asked to stop; what is finished is kept."""
