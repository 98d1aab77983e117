"""The names of objects in a store. Two letters of a digest make a folder, so that none grows too large."""

from __future__ import annotations


def blob(digest: str, suffix: str = "") -> str:
    """The bytes with this digest; a file keeps its suffix, since readers tell formats by it."""
    return f"blob/{digest[:2]}/{digest}{suffix}"


def task(name: str) -> str:
    """The record of a task, see `mlc_runtime.keys.object_name`."""
    return f"task/{name[:2]}/{name}.json"


def same(name: str) -> str:
    """Which record was made from inputs of the same content: the shallow key's alias."""
    return f"same/{name[:2]}/{name}"


def bind(run: str) -> str:
    """The facts that a run was started with."""
    return f"run/{run}/bind.json"


def given(run: str) -> str:
    """What an engine was told when it began a run: `{"as_of": TIME, "parameters": {NAME: VALUE}}`."""
    return f"run/{run}/given.json"


def plan(run: str) -> str:
    """What is run."""
    return f"run/{run}/plan.json"


def needless(run: str) -> str:
    """What a run leaves out."""
    return f"run/{run}/needless.json"


def failure(run: str, key: str) -> str:
    """Why a task has no result in this run."""
    return f"run/{run}/fail/{key}.json"


def log(run: str, key: str) -> str:
    """What a task printed."""
    return f"run/{run}/log/{key}"


def decision(run: str, step: str) -> str:
    """What a person answered to a step that asks for approval."""
    return f"run/{run}/approve/{step}.json"


def running(run: str, step: str, tile: int) -> str:
    """The task that a tile is at, so that a task which ends its process can be told."""
    return f"run/{run}/at/{step}/{tile}"


def tiles(run: str, step: str) -> str:
    """The number of tiles of a step that its finder worked out."""
    return f"run/{run}/ints/{step}"


def pending(run: str, step: str) -> str:
    """The tasks of a step whose containers an engine has to run."""
    return f"run/{run}/pending/{step}"


def delivery(target: str) -> str:
    """What was last written to a file outside the store, by the digest of its path."""
    return f"delivery/{target}.json"


def summary(run: str) -> str:
    """How a run ended."""
    return f"run/{run}/summary.json"
