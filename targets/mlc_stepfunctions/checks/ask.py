"""What is asked of AWS."""

from __future__ import annotations

from dataclasses import dataclass

from mlc_containers.checks.ask import Ask as ContainerAsk
from mlc_stepfunctions.environment import Site


@dataclass(frozen=True)
class Ask(ContainerAsk):
    """A plan for an environment in AWS.

    Attributes:
        site: the environment.
    """

    site: Site
