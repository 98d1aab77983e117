"""What a state machine calls of other services."""

from __future__ import annotations

import re

from mlc_stepfunctions.environment import Site

SUBMIT, PUT, GET = "batch:submitJob.sync", "aws-sdk:s3:putObject", "aws-sdk:s3:getObject"
ASK = "sns:publish.waitForTaskToken"

_BRACES = re.compile(r"\{(.+?)\}")


def resource(site: Site, action: str) -> str:
    """The ARN of what a state calls."""
    return f"arn:{site.partition}:states:::{action}"


def key(site: Site, name: str) -> str:
    """The key of an object of a run, as an expression; what is in braces is only known when the machine runs."""
    text = _BRACES.sub(r"' & \1 & '", f"'{site.prefix}{name}'").removesuffix(" & ''")
    return f"{{% {text} %}}"
