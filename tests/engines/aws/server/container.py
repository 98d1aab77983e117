"""The container of an attempt: the image, the words and the variables that AWS Batch gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.engines.aws.server.job import CannotStartError, Job
from tests.engines.aws.server.secrets import resolve
from tests.engines.sandbox import Bind, Image, Sandbox

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PLACEHOLDER = re.compile(r"Ref::([\w-]+)", re.ASCII)


def command(job: Job) -> list[str]:
    """The words that start the container, `Ref::NAME` in them replaced by parameters, once."""
    parameters = {**job.definition.parameters, **(job.request.get("parameters") or {})}
    words = job.overrides.get("command") or job.container["command"]
    return [_PLACEHOLDER.sub(lambda found: str(parameters.get(found[1], found[0])), word) for word in words]


@dataclass(frozen=True)
class Surroundings:
    """What containers find.

    Attributes:
        images: what stands for each image.
        folders: what stands for each access point of Amazon EFS.
        cloud: variables through which they find this engine.
    """

    images: Mapping[str, Image]
    folders: Mapping[str, Path]
    cloud: Mapping[str, str]


def sandbox(job: Job, attempt: int, folder: Path, around: Surroundings, account: str) -> Sandbox:
    """The container of an attempt, counted from 1, about to start.

    Args:
        job: the job.
        attempt: its number.
        folder: a folder of its own.
        around: what it finds.
        account: whose secrets it may name.

    Raises:
        CannotStartError: there is no such image, no such secret, or no such access point.
    """
    name = job.container["image"]
    if name not in around.images:
        raise CannotStartError(f"CannotPullContainerError: failed to resolve ref {name}: not found")
    image = around.images[name]
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
    env = {**base, **around.cloud, **job.variables, **secrets, **own}
    read_only = bool(job.container.get("readonlyRootFilesystem"))
    return Sandbox(
        folder,
        image,
        tuple(_mounts(job, around.folders)),
        command(job),
        env,
        image.directory,
        _user(job, image),
        read_only,
    )


def _mounts(job: Job, folders: Mapping[str, Path]) -> Iterator[Bind]:
    """The volumes of a job where it wants them."""
    volumes = {
        each["name"]: each["efsVolumeConfiguration"]["authorizationConfig"]["accessPointId"]
        for each in job.container.get("volumes", [])
    }
    for mount in job.container.get("mountPoints", []):
        point = volumes[mount["sourceVolume"]]
        if point not in folders:
            raise CannotStartError(f"ResourceInitializationError: the access point {point} does not exist")
        yield Bind(folders[point], mount["containerPath"], bool(mount.get("readOnly")))


def _user(job: Job, image: Image) -> tuple[int, int] | None:
    """The numbers of user and group: the definition's, else the image's."""
    if "user" not in job.container:
        return image.user
    user, _, group = str(job.container["user"]).partition(":")
    return (int(user), int(group or user)) if int(user) else None
