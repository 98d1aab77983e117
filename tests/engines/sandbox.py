"""A container as a process tree: own mounts and process ids, an overlay of an image's folder as its root."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shlex import join, quote

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


@dataclass(frozen=True)
class Image:
    """What stands for an image.

    Attributes:
        root: The folder that is its root.
        env: Its variables.
        binds: Files and folders of the host to see inside, read-only, by their path there.
        directory: Where its command starts.
        user: Numbers of user and group, or None for root.
    """

    root: str = "/"
    env: Mapping[str, str] = field(default_factory=dict)
    binds: Mapping[str, str] = field(default_factory=dict)
    directory: str = "/"
    user: tuple[int, int] | None = None


@dataclass(frozen=True)
class Bind:
    """A path of the host at a path of the container."""

    source: Path
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class Sandbox:
    """One container about to start.

    Attributes:
        folder: A folder of its own; `log` in it receives what the container prints.
        user: Numbers of user and group, or None for root.
    """

    folder: Path
    image: Image
    binds: Sequence[Bind]
    argv: Sequence[str]
    env: Mapping[str, str]
    directory: str = "/"
    user: tuple[int, int] | None = None
    read_only: bool = False


def start(sandbox: Sandbox) -> subprocess.Popen[bytes]:
    """Start the container; what is returned is the parent of its first process and ends as that does."""
    for name in ("upper", "work", "root"):
        (sandbox.folder / name).mkdir(parents=True)
    with (sandbox.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "--pid",
                "--fork",
                "--kill-child",
                "sh",
                "-ec",
                script(sandbox),
            ],
            env=dict(sandbox.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (sandbox.folder / "pid").write_text(str(process.pid))
    return process


def terminate(process: subprocess.Popen[bytes]) -> None:
    """Signal the container's first process, which is the only child of the one that we started."""
    with suppress(OSError):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGTERM)


def script(sandbox: Sandbox) -> str:
    """The shell commands that mount the container's tree and become its first process."""
    folder, image = sandbox.folder, sandbox.image
    root = folder / "root"
    layers = f"lowerdir={quote(image.root)},upperdir={folder}/upper,workdir={folder}/work"
    lines = [
        f"mount -t overlay -o {layers} overlay {root}",
        f"mkdir -p {root}/proc {root}/sys {root}/dev {root}/tmp",
        f"chmod 1777 {root}/tmp",
        f"mount -t proc proc {root}/proc",
        f"mount --rbind /sys {root}/sys",
        f"mount -t tmpfs -o mode=755 dev {root}/dev",
        f"mkdir -m 1777 {root}/dev/shm",
        *(f"touch {root}/dev/{name} && mount --bind /dev/{name} {root}/dev/{name}" for name in _DEVICES),
        f"ln -s /proc/self/fd {root}/dev/fd",
        *(
            f"ln -s /proc/self/fd/{number} {root}/dev/{name}"
            for number, name in enumerate(("stdin", "stdout", "stderr"))
        ),
    ]
    extra = [Bind(Path(source), target, read_only=True) for target, source in image.binds.items()]
    sealed: list[str] = []  # when what lies below is mounted, for which a folder may have to be made
    for bind in sorted((*sandbox.binds, *extra), key=lambda bind: bind.target.count("/")):
        target = quote(f"{root}{resolve(image.root, bind.target)}")
        lines += [f"mkdir -p {target}" if bind.source.is_dir() else f"mkdir -p $(dirname {target}) && touch {target}"]
        lines += [f"mount --rbind {quote(str(bind.source))} {target}"]
        sealed += [f"mount -o remount,bind,ro {target}"] if bind.read_only else []
    lines += sealed
    directory = resolve(image.root, sandbox.directory) or "/"
    lines += [f"mkdir -p {quote(f'{root}{directory}')}"]
    lines += [f"mount -o remount,ro {root}"] if sandbox.read_only else []
    user = [f"--userspec={sandbox.user[0]}:{sandbox.user[1]}", "--groups="] if sandbox.user else []
    lines += ["exec " + join(["chroot", *user, str(root), "env", f"--chdir={directory}", *sandbox.argv])]
    return "\n".join(lines)


def resolve(root: str, path: str) -> str:
    """A path below a root with that root's symbolic links followed as if it were `/`: a bind must not leave it."""
    todo, out, followed = path.split("/"), "", 0
    while todo:
        part = todo.pop(0)
        if part in {"", "."}:
            continue
        if part == "..":
            out = out.rpartition("/")[0]
            continue
        here = Path(f"{root.rstrip('/')}{out}/{part}")
        if here.is_symlink() and followed < 40:
            followed += 1
            target = str(here.readlink())
            out = "" if target.startswith("/") else out
            todo = target.split("/") + todo
        else:
            out += f"/{part}"
    return out
