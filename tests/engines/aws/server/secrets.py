"""What stands behind the `valueFrom` of a secret: Secrets Manager, or a parameter of Systems Manager."""

from __future__ import annotations

import json

from moto.secretsmanager.models import secretsmanager_backends
from moto.ssm.models import ssm_backends
from tests.engines.aws.server.job import CannotStartError

_UNABLE = "ResourceInitializationError: unable to pull secrets or registry auth"


def resolve(value_from: str, account: str, region: str) -> str:
    """The text of a secret.

    Args:
        value_from: a secret's ARN, `:KEY:STAGE:VERSION` after it if wanted; a parameter's ARN, or its name.
        account: whose it is.
        region: where it is.

    Raises:
        CannotStartError: there is none.
    """
    parts = value_from.split(":")
    try:
        if len(parts) > 6 and parts[2] == "secretsmanager":
            return _secret(":".join(parts[:7]), *(*parts[7:], "", "", "")[:3], account=account, region=parts[3])
        return _parameter(value_from, account, parts[3] if len(parts) > 5 else region)
    except Exception as error:  # whatever moto raises for what is not there
        raise CannotStartError(f"{_UNABLE}: {value_from}: {error}") from error


def _secret(arn: str, key: str, stage: str, version: str, *, account: str, region: str) -> str:
    found = secretsmanager_backends[account][region].get_secret_value(arn, version, stage)
    text = str(found["SecretString"])
    if not key:
        return text
    return str(json.loads(text)[key])


def _parameter(name: str, account: str, region: str) -> str:
    parameter = ssm_backends[account][region].get_parameter(name)
    if parameter is None:
        raise KeyError(name)
    return str(parameter.decrypt(parameter.value))
