"""The programs of the engine: built from their Go modules at pinned versions, once, and kept outside the tree.

`python -m tests.engines.argo.binaries` builds what is missing. `MLC_ENGINES` names another folder to keep them in.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path

from tests.engines.argo.api import Document, read_documents
from tests.engines.cache import kept

SOURCES = Path(__file__).parent / "modules"

ARGO = "github.com/argoproj/argo-workflows/v4"
_FLAGS = "-modcacherw"  # so that whoever gave the folder of modules can remove it


@dataclass(frozen=True)
class Module:
    """A folder with a go.mod: the programs it gives, and what else of the modules it needs the tests read.

    Attributes:
        name: The folder below `modules`.
        programs: Name of the program to its Go package.
        upstream: The module that `links` and `objects` are of.
        links: Symbolic links of upstream's tree to their targets: a module's archive leaves links out.
        objects: Patterns of files of upstream's tree; the objects in them are kept beside the programs, as `STEM.json`.
    """

    name: str
    programs: dict[str, str]
    upstream: str = ""
    links: tuple[tuple[str, str], ...] = ()
    objects: tuple[str, ...] = ()


MODULES = (
    Module("etcd", {"etcd": "go.etcd.io/etcd/server/v3"}),
    Module(
        "kubernetes",
        {
            name: f"k8s.io/kubernetes/cmd/{name}"
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
        },
    ),
    Module(
        "argo",
        {name: f"{ARGO}/cmd/{name}" for name in ("workflow-controller", "argoexec")},
        upstream=ARGO,
        links=(("workflow/executor/osspecific/signal_linux.go", "signal_darwin.go"),),
        objects=(
            "manifests/base/crds/full/argoproj.io_*.yaml",
            "manifests/cluster-install-no-crds/*/workflow-controller-*role*.yaml",
        ),
    ),
    # Of which nothing is built: the tests need its schema.
    Module(
        "kserve",
        {},
        upstream="github.com/kserve/kserve",
        objects=("config/crd/full/serving.kserve.io_inferenceservices.yaml",),
    ),
    Module("validate", {"validate": "."}),
    Module("streams", {"streams": "."}),
    Module("minio", {"minio": "github.com/minio/minio"}),
)


class GoMissingError(RuntimeError):
    """The machine has no Go, or one that is too old."""


def folder(name: str) -> Path:
    """The folder with the programs of a module, which are built if they are not there.

    Raises:
        GoMissingError: They have to be built, and there is no Go.
    """
    module = next(module for module in MODULES if module.name == name)
    return kept(module.name, _fingerprint(module), partial(_build, module))


def objects(name: str, pattern: str) -> list[Document]:
    """The Kubernetes objects kept beside a module's programs, of the files that match a pattern."""
    return [document for file in sorted(folder(name).glob(pattern)) for document in json.loads(file.read_text())]


def _fingerprint(module: Module) -> str:
    digest = hashlib.sha256(repr(astuple(module)).encode())
    for file in sorted((SOURCES / module.name).iterdir()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _build(module: Module, built: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "source"
        shutil.copytree(SOURCES / module.name, source)
        if module.upstream:
            _upstream(module, source, built)
        for program, package in module.programs.items():
            _go(
                source,
                "build",
                "-mod=readonly",
                "-trimpath",
                "-buildvcs=false",
                "-ldflags=-s -w",
                "-o",
                str(built / program),
                package,
            )


def _upstream(module: Module, source: Path, built: Path) -> None:
    """Take the objects of upstream's tree, and build from a copy of it in which the links are back."""
    # What is not built from is not kept: with a cache of modules of its own, it goes with the rest.
    kept = {} if module.programs else {"GOMODCACHE": str(source / "cache"), "GOFLAGS": "-modcacherw"}
    _go(source, "mod", "download", module.upstream, **kept)
    tree = Path(_go(source, "list", "-m", "-f", "{{.Dir}}", module.upstream, **kept).strip())
    for pattern in module.objects:
        for file in sorted(tree.glob(pattern)):
            (built / f"{file.stem}.json").write_text(json.dumps(read_documents(file)))  # which is read much faster
    if not module.programs:
        return
    copy = source / "upstream"
    shutil.copytree(tree, copy, copy_function=shutil.copyfile)
    for directory in (copy, *(path for path in copy.rglob("*") if path.is_dir())):
        directory.chmod(0o755)
    for link, target in module.links:
        (copy / link).symlink_to(target)
    _go(source, "mod", "edit", "-replace", f"{module.upstream}=./upstream")


def _go(folder: Path, *arguments: str, **variables: str) -> str:
    program = shutil.which("go", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/go/bin")))
    if program is None:
        raise GoMissingError("Go is needed to build the engine; .ci/run installs it where it is missing")
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": _FLAGS, "CGO_ENABLED": "0"}
    ended = subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"go {' '.join(arguments)} failed in {folder.name}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout


if __name__ == "__main__":
    try:
        for each in MODULES:
            print(folder(each.name))
    except GoMissingError as error:
        sys.exit(str(error))
