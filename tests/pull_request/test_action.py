"""The action for GitHub, its steps run as the runner runs them: bash, variables of the environment, files."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml
from tests.repository import Repository, git

from mlc_compiler.cli.main import main

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / ".github/actions/mlc/action.yml").read_text())
GOLDEN = Path(__file__).parent / "golden"

PYTHON = """#!/bin/sh
# Stands in for the Python of a runner: its environments hold the mlc that is tested.
[ "$1 $2 $3" = "-I -m venv" ] || exit 9
mkdir -p "$4/bin"
printf '#!/bin/sh\\nexec "{python}" -m mlc_compiler "$@"\\n' > "$4/bin/mlc"
printf '#!/bin/sh\\necho "$@" >> "$RUNNER_TEMP/pip"\\n' > "$4/bin/pip"
chmod +x "$4/bin/mlc" "$4/bin/pip"
"""
GH = """#!/bin/sh
# Stands in for GitHub's own command: notes what it is asked, and knows the comment that a test put there.
printf '%s\\n' "$*" >> "$RUNNER_TEMP/gh"
case "$*" in *--paginate*) cat "$RUNNER_TEMP/known" 2>/dev/null ;; esac
exit 0
"""


class Runner:
    """Runs the steps of the action in a repository."""

    def __init__(self, repository: Repository, folder: Path) -> None:
        self.repository = repository
        self.temp = folder / "temp"
        self.bin = folder / "bin"
        for each in (self.temp, self.bin):
            each.mkdir()
        for name, text in (("python3", PYTHON.replace("{python}", sys.executable)), ("gh", GH)):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)
        self.facts = {
            "inputs.paths": "shop\n",
            "inputs.base": git(repository.root, "rev-parse", "HEAD").strip(),
            "inputs.python": "python3",
            "inputs.comment": "true",
            "github.token": "not-a-token",
            "github.event.pull_request.number": "7",
        }

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a step as `shell: bash` does."""
        (step,) = (each for each in ACTION["runs"]["steps"] if each["name"] == name)
        assert step["shell"] == "bash"
        own = {key: self._filled(value) for key, value in step.get("env", {}).items()}
        environment = {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.temp),
            "PYTHONPATH": os.pathsep.join(str(Path(part).resolve()) for part in sys.path if part),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTION_PATH": str(ROOT / ".github/actions/mlc"),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
            "GITHUB_REPOSITORY": "someone/shop",
            **own,
        }
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.repository.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def noted(self, name: str) -> list[str]:
        """What was asked of a command that is stood in for."""
        return (self.temp / name).read_text().splitlines()

    def _filled(self, value: str) -> str:
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: self.facts[found[1]], value)


@pytest.fixture
def runner(repository: Repository, tmp_path: Path) -> Runner:
    runner = Runner(repository, tmp_path)
    installed = runner.step("Install mlc")
    assert installed.returncode == 0, installed.stderr
    return runner


Golden = Callable[[Path, str], None]


def test_no_text_of_others_is_part_of_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_the_mlc_that_runs_is_the_one_of_the_action(runner: Runner) -> None:
    (installed,) = runner.noted("pip")
    folder = installed.split()[-1]
    assert Path(folder).resolve() == ROOT


def test_nothing_is_said_of_what_is_as_it_was(runner: Runner) -> None:
    checked, compared = runner.step("Check specs"), runner.step("Say what changes")
    assert (checked.returncode, checked.stdout, compared.returncode) == (0, "", 0)
    assert (runner.temp / "summary.md").read_text() == "<!-- mlc -->\nNo difference.\n"


def test_no_module_of_the_pull_request_is_run_by_installing(runner: Runner) -> None:
    (step,) = (each for each in ACTION["runs"]["steps"] if each["name"] == "Install mlc")
    (options,) = re.findall(r'"\$PYTHON" (.*) -m venv', step["run"])
    runner.repository.write("venv.py", "open('pwned', 'w').close()\n")
    root = runner.repository.root
    subprocess.run(
        [sys.executable, *options.split(), "-m", "venv", "--help"], cwd=root, check=True, capture_output=True
    )
    assert not (root / "pwned").exists()


def test_an_old_command_within_a_line_is_none(runner: Runner) -> None:
    runner.repository.edit(("label: returned", 'label: "##[add-mask]e"'))
    compared = runner.step("Say what changes")
    assert compared.returncode == 0
    assert "# #[add-mask]e" in compared.stderr
    assert "##[" not in compared.stderr


def test_errors_are_annotations(runner: Runner, golden: Golden) -> None:
    runner.repository.edit(
        ("label: returned", "label: retruned"),
        ("minimize: brier", "maximize: brier"),
        ("  api: {model: returns, mode: online}", "  api: {model: returns, mode: online, colour: green}"),
    )
    checked = runner.step("Check specs")
    assert checked.returncode == 1
    golden(GOLDEN / "annotations.txt", checked.stdout)
    # The job fails by the first step.
    assert runner.step("Say what changes").returncode == 0
    said = (runner.temp / "summary.md").read_text()
    assert said == "<!-- mlc -->\n### `shop/pipeline.yaml`: has errors, and is not compared\n\n"


EDITS = (
    ("[AT, CH, DE]", "[AT, CH, DE, FR]"),
    ("    select:", "    resources: {memory: 8Gi}\n    select:"),
    ("control: {share: 50%}", "control: {share: 30%}"),
    ("write: predictions/returns", "write: elsewhere/returns"),
    ("name: shop\n", "name: shop  # what comes back\ndescription: Which orders come back?\n"),
)


def test_a_change_is_a_comment(runner: Runner, golden: Golden) -> None:
    runner.repository.edit(*EDITS)
    runner.repository.write("shop/functions.py", "def fit(train, validation, context, **settings):\n    return 1\n")
    assert runner.step("Check specs").returncode == 0
    compared = runner.step("Say what changes")
    assert (compared.returncode, compared.stderr) == (0, "")
    golden(GOLDEN / "comment.md", (runner.temp / "mlc.md").read_text())
    assert runner.step("Comment").returncode == 0
    asked, sent = runner.noted("gh")
    assert "repos/someone/shop/issues/7/comments --paginate" in asked
    assert sent == f"api --silent repos/someone/shop/issues/7/comments --field body=@{runner.temp}/mlc.md"


def test_a_second_push_changes_the_comment(runner: Runner) -> None:
    runner.repository.edit(*EDITS)
    (runner.temp / "known").write_text("42\n")
    assert runner.step("Say what changes").returncode == 0
    assert runner.step("Comment").returncode == 0
    assert runner.noted("gh")[-1].startswith("api --silent --method PATCH repos/someone/shop/issues/comments/42 ")


def test_paths_that_look_like_options_or_commands_are_paths(runner: Runner) -> None:
    runner.facts["inputs.paths"] = "--help\n$(touch pwned); `touch pwned`\n"
    checked = runner.step("Check specs")
    assert (checked.returncode, checked.stdout.count("::error")) == (1, 2)
    assert not (runner.repository.root / "pwned").exists()


def test_a_base_that_is_no_revision_is_refused(runner: Runner) -> None:
    runner.facts["inputs.base"] = "--output=pwned"
    assert runner.step("Say what changes").returncode != 0
    assert not (runner.repository.root / "pwned").exists()


def test_it_compares_and_comments_only_where_that_is_asked_for() -> None:
    conditions: Mapping[str, str] = {step["name"]: step.get("if", "") for step in ACTION["runs"]["steps"]}
    assert "inputs.base != ''" in conditions["Say what changes"]
    assert "inputs.comment == 'true'" in conditions["Comment"]
    assert ACTION["inputs"]["comment"]["default"] == "false"


HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def test_the_hooks_look_at_what_they_are_about() -> None:
    assert set(HOOKS) == {"mlc-validate", "mlc-fmt"}
    for name in ("pipeline.yaml", "shop/pipeline.toml", "a/environment.prod.yaml"):
        assert all(re.search(hook["files"], name) for hook in HOOKS.values())
    assert re.search(HOOKS["mlc-validate"]["files"], "shop/functions.py")
    assert not re.search(HOOKS["mlc-fmt"]["files"], "docker-compose.yaml")


def test_a_function_that_goes_is_seen_before_the_commit(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.root)
    hook = HOOKS["mlc-validate"]
    assert not hook["pass_filenames"]
    command, *arguments = (*hook["entry"].split(), *hook["args"])
    assert command == "mlc"
    assert main(arguments) == 0
    repository.write("shop/functions.py", "def fitted(train, validation, context, **settings):\n    return 1\n")
    assert main(arguments) == 1
