"""Runs commands of mlc in a process that notes what a check of a stranger's files must never do.

    python guard.py NOTES FOLDER COMMANDS

`COMMANDS` is JSON, a list of argument lists, each run in `FOLDER`; their exit codes are printed as a list. What the
process did that it must not is written to `NOTES`, one line each: network, other programs than git, code of the folder
run, files opened outside the folder but for Python's own and temporary ones.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

notes, folder, commands = Path(sys.argv[1]), Path(sys.argv[2]).resolve(), json.loads(sys.argv[3])
os.chdir(folder)

from mlc_compiler.cli.main import COMMANDS, main  # noqa: E402 - in the folder, as a user stands there

ALLOWED = tuple(
    str(Path(path).resolve())
    for path in {
        *(part for part in sys.path if part and Path(part).resolve() != folder),
        sys.prefix,
        sys.base_prefix,
        tempfile.gettempdir() + "/mlc-",
        "/usr/share/zoneinfo",
        "/etc/localtime",
        "/dev/null",
        Path(__file__).parents[2] / "compiler",
        Path(__file__).parents[2] / "targets",
    }
)
NETWORK = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "urllib.Request", "ftplib.connect")
PROGRAMS = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn", "ctypes.dlopen")

found: list[str] = []
watching = False


def hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not watching:
        return
    if event in NETWORK or event in PROGRAMS:
        found.append(f"{event} {arguments!r}"[:300])
    elif event == "subprocess.Popen" and arguments[0] != "git":
        found.append(f"{event} {arguments[0]!r}")
    elif event == "exec" and str(Path(getattr(arguments[0], "co_filename", ""))).startswith(str(folder)):
        found.append(f"exec {arguments[0].co_filename}")
    elif event == "open" and isinstance(arguments[0], str | bytes):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if not path.startswith((str(folder) + os.sep, *ALLOWED)):
            found.append(f"open {path}")


assert COMMANDS
sys.addaudithook(hook)
codes, printed = [], {}
for number, arguments in enumerate(commands):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        watching = True
        codes.append(main(arguments))
        watching = False
    printed |= {f"out{number}": out.getvalue(), f"err{number}": err.getvalue()}
for name, text in {**printed, "notes": "\n".join(found)}.items():
    notes.with_name(name).write_text(text, "utf-8", "surrogatepass")
print(json.dumps(codes))
