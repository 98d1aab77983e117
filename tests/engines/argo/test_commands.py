"""The commands that hand a run to the cluster and follow it."""

from __future__ import annotations

from collections.abc import Callable

from tests.engines.argo.hostile import TOLD
from tests.engines.argo.workspace import Workspace, nodes


def test_a_run_is_submitted_followed_stopped_and_resumed(home: Workspace, mlc: Callable[..., tuple[int, str]]) -> None:
    code, said = mlc("submit", "waits.yaml", "--set", f"text={TOLD}")
    assert code == 0, said
    run = said.strip()
    home.wait(run, lambda workflow: any(each["displayName"] == "hangs(0)" for each in nodes(workflow, "Pod")))
    code, said = mlc("logs", run, "echo")
    assert (code, "echo 0 | " in said) == (0, True), said
    code, said = mlc("status", run)
    assert (code, "echo: Succeeded" in said, f"{run}: Running" in said) == (0, True, True), said
    assert mlc("stop", run)[0] == 0
    code, said = mlc("status", run, "--follow")
    assert (code, "(steps.hangs)" in said) == (3, True), said
    code, said = mlc("submit", "waits.yaml", "--set", "seconds=0", "--set", f"text={TOLD}")
    assert mlc("status", said.strip(), "--follow")[0] == 0
    code, said = mlc("resume", said.strip())
    assert code == 0, said
    assert mlc("status", said.strip(), "--follow")[0] == 0
    assert mlc("status", "nothing-1") == (2, "there is no `nothing-1` among the workflows of the namespace\n")
