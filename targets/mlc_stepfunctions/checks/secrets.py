"""Secrets: a job gets them from Secrets Manager or from Parameter Store."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.secrets import secrets_of
from mlc_stepfunctions.checks.ask import Ask
from mlc_stepfunctions.forms import PARAMETER, SECRET


def check_secrets(ask: Ask) -> Iterator[Diagnostic]:
    """The secrets that steps read."""
    used = {name for step in ask.plan.steps for name in secrets_of(step, ask.site)}
    for name, reference in ask.site.data.get("secrets", {}).items():
        if name not in used:
            continue
        if "aws" not in reference:
            yield Diagnostic(
                "MLC731",
                f"secret `{name}` is not one of AWS",
                ask.environment("secrets", name),
                "steps run in jobs of AWS Batch, which hands over no other secrets",
                f"write `{name}: {{aws: ARN}}`, of a secret of Secrets Manager or of a parameter",
            )
        elif not re.fullmatch(f"{SECRET}|{PARAMETER}", reference["aws"]):
            yield Diagnostic(
                "MLC715",
                "this is no ARN of a secret or of a parameter",
                ask.environment("secrets", name, "aws"),
                help="write `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME` or "
                "`arn:aws:ssm:REGION:ACCOUNT:parameter/NAME`",
            )
