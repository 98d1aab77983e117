"""The experiments that run on a serving, as the log in the store has them; looked at again as the server runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from mlc_runtime.errors import StepError
from mlc_runtime.experiment import control

if TYPE_CHECKING:
    from mlc_runtime.experiment.control import State
    from mlc_runtime.experiment.definition import Definition
    from mlc_runtime.store.store import Store


class Traffic:
    """Which experiments divide a serving's traffic.

    An experiment is left out, and `refused` says why, where it was started as something else than the serving's spec
    says, or where an arm has no live model.

    Args:
        store: where the log is.
        pipeline: whose log.
        serving: its name.
        definitions: what the serving's spec says of its experiments.
    """

    def __init__(self, store: Store, pipeline: str, serving: str, definitions: Sequence[Definition]) -> None:
        self._store = store
        self._pipeline = pipeline
        self._serving = serving
        self._known = {definition.design.name: definition for definition in definitions}
        self._states: dict[str, State] = {}
        self._decisions = 0
        self.running: tuple[State, ...] = ()
        self.refused: tuple[str, ...] = ()

    def reload(self, live: Collection[str]) -> bool:
        """Look at the log; whether anything changed.

        Args:
            live: the trainings that have a live model.

        Raises:
            StepError: the log cannot be read.
        """
        decisions = control.decisions(self._store, self._pipeline)
        if decisions != self._decisions:
            self._states, self._decisions = control.states(self._store, self._pipeline), decisions
        running: list[State] = []
        refused: list[str] = []
        for state in self._states.values():
            if state.running and state.definition.service == self._serving:
                try:
                    self._check(state, live)
                    running.append(state)
                except StepError as error:
                    refused.append(f"{error.code}: {error.message}. {error.help}")
        changed = (tuple(running), tuple(refused)) != (self.running, self.refused)
        self.running, self.refused = tuple(running), tuple(refused)
        return changed

    def _check(self, state: State, live: Collection[str]) -> None:
        if state.name not in self._known:
            raise StepError(
                "MLC991",
                f"experiment `{state.name}` runs, and this spec does not have it",
                "Serve the spec that it was started from, or stop it.",
            )
        control.check_unchanged(state, self._known[state.name])
        for arm, treatment in state.definition.arms.items():
            if treatment.model not in live:
                raise StepError(
                    "MLC949",
                    f"arm `{arm}` of `{state.name}`: no version of `{treatment.model}` is live",
                    "Promote one.",
                )
