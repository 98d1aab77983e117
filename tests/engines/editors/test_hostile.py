"""What no editor should send, and what may lie in a project: `mlc lsp` answers or refuses, and goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

MLC = Path(sysconfig.get_path("scripts")) / "mlc"
FLIGHTS = (Path(__file__).parents[3] / "examples/flights/pipeline.yaml").read_text(encoding="utf-8")
INTERNAL = -32603
"""The protocol's word for a traceback."""

ADDRESSES = (
    "",
    "file:",
    "file://",
    "file:///",
    "file:///%00.yaml",
    "file:///a%00b/pipeline.yaml",
    "file:///%ff%fe.yaml",
    "file:///\ud800.yaml",
    "file://host/share/pipeline.yaml",
    f"file:///{'a' * 5_000}.yaml",
    f"file:///{'a/' * 3_000}pipeline.yaml",
    "file:pipeline.yaml",
    "file:///nowhere/pipeline.yaml",
    "file:///nowhere/environment.yaml",
    "file:///dev/null",
    "untitled:Untitled-1",
    "http://example.org/pipeline.yaml",
    "git:/repository/pipeline.yaml?ref",
    "pipeline.yaml",
    "::::",
)
TEXTS = (
    "",
    "\ufeffmlc: 1\n",
    "mlc: 1\nname: \0\n",
    "mlc: 1\nname: \ud800\n",
    "mlc: 1\r\nname: x\rsources: {\r\n",
    "mlc: 1\nname: x\nsources: " + "[" * 3_000,
    "mlc: 1\nname: x\nsources: " + "{a: " * 60 + "1" + "}" * 60,
    "mlc: 1\nsources: {a: {read: a.csv, columns: {b: int}, checks: ['" + "(" * 3_000 + "b" + ")" * 3_000 + "']}}\n",
    "mlc: 1\nname: &a [*a]\n",
    "mlc: [1]\nname: {a: 1}\nsources: 1\nfeatures: [1]\nexamples: x\ntraining: true\nserving: 1.5\nsteps: ''\n",
    'mlc: 1\nname: x\ninclude: {a: "\\0", b: "\\ud800", c: ., d: "", e: /, f: loop.yaml}\nsources: {"\\0": {}}\n',
    "mlc: 1\nname: x\ndescription: " + "x" * 300_000 + "\n",
    "mlc: 1\nname: x\nsteps:\n" + "".join(f"  s{number}: {{use: a:b}}\n" for number in range(500)),
)


class Wire:
    """`mlc lsp` as bytes see it.

    Args:
        folder: the working folder.
        errors: where its standard error goes.
    """

    def __init__(self, folder: Path, errors: BinaryIO) -> None:
        self._process = subprocess.Popen(
            [MLC, "lsp"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
        self._number = 0

    def tell(self, method: str, params: Any, **rest: Any) -> None:
        """Send a message that has no answer."""
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **rest}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def ask(self, method: str, params: Any) -> Any:
        """Send a request, and wait for its answer or its refusal."""
        self._number += 1
        self.tell(method, params, id=self._number)
        return next(each for each in self._messages() if each.get("id") == self._number and "method" not in each)

    def end(self) -> int:
        """Shut it down as an editor does; its exit code."""
        self.ask("shutdown", None)
        self.tell("exit", None)
        return self._process.wait()

    def _messages(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            length = int(line.removeprefix(b"Content-Length:"))
            while self._process.stdout.readline().strip():
                pass
            yield json.loads(self._process.stdout.read(length))
        raise AssertionError("it has ended")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with files that cannot be read as they are named."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to("nowhere.yaml")
    (tmp_path / "out.yaml").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe.yaml")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml")).write_bytes(b"\xff")
    (tmp_path / "secret.yaml").write_text("mlc: 1\nname: secret\ninclude: {a: pipeline.yaml}\n")
    (tmp_path / "secret.yaml").chmod(0)
    return tmp_path


@pytest.fixture
def wire(folder: Path) -> Iterator[Wire]:
    """The server; after the test it must have ended as it should, without a word on standard error."""
    with (folder / "errors").open("w+b") as errors:
        wire = Wire(folder, errors)
        wire.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        wire.tell("initialized", {})
        yield wire
        assert wire.end() == 0
        errors.seek(0)
        assert b"Traceback" not in errors.read()


def questions(uri: str, line: int, character: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """All that an editor may ask about a point of a document."""
    place = {"line": line, "character": character}
    at = {"textDocument": {"uri": uri}, "position": place}
    for method in ("completion", "hover", "definition", "prepareRename"):
        yield f"textDocument/{method}", at
    yield "textDocument/references", {**at, "context": {"includeDeclaration": True}}
    yield "textDocument/rename", {**at, "newName": "other"}
    yield "textDocument/codeLens", {"textDocument": {"uri": uri}}
    about = {"range": {"start": place, "end": place}, "context": {"diagnostics": []}}
    yield "textDocument/codeAction", {"textDocument": {"uri": uri}, **about}


def opened(uri: str, text: str) -> dict[str, Any]:
    return {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}


def test_of_what_is_not_open_it_says_nothing(wire: Wire, folder: Path) -> None:
    (folder / "pipeline.yaml").write_text(FLIGHTS)
    for uri in (*ADDRESSES, *((folder / name).as_uri() for name in ("pipeline.yaml", "loop.yaml", "folder.yaml"))):
        for method, params in questions(uri, 3, 3):
            answer = wire.ask(method, params)
            assert answer.get("result", ...) is None, (uri, answer)


def test_whatever_the_address_it_answers(wire: Wire) -> None:
    for uri in ADDRESSES:
        wire.tell("textDocument/didOpen", opened(uri, FLIGHTS))
        for method, params in questions(uri, 30, 12):
            answer = wire.ask(method, params)
            assert answer.get("error", {}).get("code") != INTERNAL, (uri, answer)
        wire.tell("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 2}]})
        wire.tell("textDocument/didClose", {"textDocument": {"uri": uri}})


@pytest.mark.parametrize("name", ["pipeline.yaml", "pipeline.toml", "environment.yaml", "pipeline.txt", "loop.yaml"])
def test_whatever_the_text_it_answers(wire: Wire, folder: Path, name: str) -> None:
    uri = (folder / name).as_uri()
    for text in TEXTS:
        wire.tell("textDocument/didOpen", opened(uri, text))
        for line, character in ((1, 6), (2, 2**31 - 1), (2**31 - 1, 0)):
            for method, params in questions(uri, line, character):
                answer = wire.ask(method, params)
                assert answer.get("error", {}).get("code") != INTERNAL, (text[:40], answer)
        wire.tell("textDocument/didClose", {"textDocument": {"uri": uri}})


def test_a_project_whose_files_come_and_go(wire: Wire, folder: Path) -> None:
    uri = (folder / "pipeline.yaml").as_uri()
    text = "mlc: 1\nname: x\ninclude: {a: common.yaml}\nsources: {s: {read: a.csv, columns: {b: int}, static: true}}\n"
    wire.tell("textDocument/didOpen", opened(uri, text))
    common = folder / "common.yaml"
    for there in (True, False, True, False):
        if there:
            common.write_text("mlc: 1\nname: c\n")
        else:
            common.unlink()
        wire.tell("workspace/didChangeWatchedFiles", {"changes": [{"uri": common.as_uri(), "type": 2}]})
        for method, params in questions(uri, 3, 11):
            assert wire.ask(method, params).get("error", {}).get("code") != INTERNAL
