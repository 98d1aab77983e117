"""What a target finds: an environment is held against a spec that uses a bit of everything, a spec against a sound
environment."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mlc_compiler.cli.project import site_of
from mlc_compiler.cli.suitable import suit
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.driver import check_environment, check_file, compile_checked
from mlc_compiler.plan.override import override
from mlc_compiler.source.document import Document
from mlc_compiler.target import Files, load_target

Found = tuple[list[Diagnostic], Mapping[str, Document]]

STEPS = "".join(f'  s{place}: {{use: "functions:s{place}", always: true}}\n' for place in range(30))
SPEC = f"""
mlc: 1
name: sample
sources:
  orders: {{read: {{connection: warehouse, table: orders}}, columns: {{id: int}}, key: [id], static: true}}
steps:
  work:
    {{use: "functions:work", inputs: {{orders: sources.orders}}, secrets: {{token: token}}, resources: {{pool: gpu}}}}
{STEPS}"""
ENVIRONMENT = f"""
image: ghcr.io/acme/ml@sha256:{"0" * 64}
store: s3://acme-ml/sample
targets: {{stepfunctions: {{queue: "arn:aws:batch:eu-central-1:123456789012:job-queue/ml"}}}}
"""


@pytest.fixture
def suited(tmp_path: Path) -> Callable[[Path, str], Found]:
    """What the target whose code it is finds in a file, beside what is found in any."""

    def check(path: Path, code: str) -> Found:
        target = "stepfunctions" if "MLC730" <= code <= "MLC739" else "argo"
        spec, environment = tmp_path / "pipeline.yaml", tmp_path / "environment.yaml"
        spec.write_text(SPEC, encoding="utf-8")
        environment.write_text(ENVIRONMENT, encoding="utf-8")
        is_spec = path.read_text(encoding="utf-8").startswith("mlc:")
        checked = check_file(path if is_spec else spec, path.name if is_spec else "pipeline.yaml")
        loaded, diagnostics, documents = check_environment(
            environment if is_spec else path, shown=environment.name if is_spec else path.name
        )
        assert checked.sound, checked.diagnostics
        files = Files(next(iter(checked.documents)), loaded.file)
        site = site_of(loaded.environment, tmp_path, tmp_path)
        plan = override(compile_checked(checked, tmp_path).plan, loaded.environment.overrides)
        found = suit(load_target(target), plan, site, files).diagnostics
        return [*checked.diagnostics, *diagnostics, *found], {**checked.documents, **documents}

    return check
