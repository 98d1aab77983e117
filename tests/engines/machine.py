"""Whether this machine can run containers as processes."""

from __future__ import annotations

import os
import shutil
import subprocess


class UnfitMachineError(RuntimeError):
    """This machine cannot run containers as processes."""


def check_machine() -> None:
    """Try what the kubelet does.

    Raises:
        UnfitMachineError: Something is missing; which thing.
    """
    if os.geteuid() != 0:
        raise UnfitMachineError("pods run as processes in namespaces of their own, which takes root")
    missing = [
        name for name in ("unshare", "nsenter", "setpriv", "mount", "chroot", "openssl") if not shutil.which(name)
    ]
    if missing:
        raise UnfitMachineError(f"these programs are missing: {', '.join(missing)}")
    trial = "mkdir /tmp/u /tmp/w /tmp/r && mount -t overlay -o lowerdir=/,upperdir=/tmp/u,workdir=/tmp/w o /tmp/r"
    namespaces = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork"]
    ended = subprocess.run(
        [*namespaces, "sh", "-ec", f"mount -t tmpfs t /tmp && {trial}"], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise UnfitMachineError(f"containers cannot be made of namespaces and overlays here: {ended.stderr.strip()}")
