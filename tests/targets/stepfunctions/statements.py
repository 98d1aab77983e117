"""What the roles of a stack may do."""

from collections.abc import Iterator
from typing import Any

Statement = dict[str, Any]


def statements(resources: dict[str, Any]) -> Iterator[Statement]:
    """The statements of all policies of a stack's roles."""
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", ()):
                yield from policy["PolicyDocument"]["Statement"]
