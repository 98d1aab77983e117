"""The container of an attempt: the image, the words and the variables that AWS Batch gives it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.engines.aws.server.job import CannotStartError, Job
from tests.engines.aws.server.secrets import resolve
from tests.engines.sandbox import Image, Sandbox

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PLACEHOLDER = re.compile(r"Ref::([\w-]+)", re.ASCII)


def command(job: Job) -> list[str]:
    """The words that start the container, `Ref::NAME` in them replaced by parameters, once."""
    parameters = {**job.definition.parameters, **(job.request.get("parameters") or {})}
    words = job.overrides.get("command") or job.container["command"]
    return [_PLACEHOLDER.sub(lambda found: str(parameters.get(found[1], found[0])), word) for word in words]


def sandbox(
    job: Job, attempt: int, folder: Path, images: Mapping[str, Image], cloud: Mapping[str, str], account: str
) -> Sandbox:
    """The container of an attempt, counted from 1, about to start.

    Args:
        job: the job.
        attempt: its number.
        folder: a folder of its own.
        images: what stands for each image.
        cloud: variables through which it finds this engine.
        account: whose secrets it may name.

    Raises:
        CannotStartError: there is no such image, or no such secret.
    """
    name = job.container["image"]
    if name not in images:
        raise CannotStartError(f"CannotPullContainerError: failed to resolve ref {name}: not found")
    image = images[name]
    queue = job.queue
    secrets = {
        each["name"]: resolve(each["valueFrom"], account, queue.backend.region_name)
        for each in job.container.get("secrets", [])
    }
    own = {
        "AWS_BATCH_JOB_ID": job.id,
        "AWS_BATCH_JOB_ATTEMPT": str(attempt),
        "AWS_BATCH_JQ_NAME": queue.name,
        "AWS_BATCH_CE_NAME": queue.environments[0].name,
        **({} if job.index is None else {"AWS_BATCH_JOB_ARRAY_INDEX": str(job.index)}),
    }
    base = {"PATH": _PATH, "HOME": "/", **image.env}
    env = {**base, **cloud, **job.variables, **secrets, **own}
    read_only = bool(job.container.get("readonlyRootFilesystem"))
    return Sandbox(folder, image, (), command(job), env, image.directory, _user(job, image), read_only)


def _user(job: Job, image: Image) -> tuple[int, int] | None:
    """The numbers of user and group: the definition's, else the image's."""
    if "user" not in job.container:
        return image.user
    user, _, group = str(job.container["user"]).partition(":")
    return (int(user), int(group or user)) if int(user) else None
