"""What is asked of Argo."""

from __future__ import annotations

from dataclasses import dataclass

from mlc_argo.environment import Site
from mlc_containers.checks.ask import Ask as ContainerAsk


@dataclass(frozen=True)
class Ask(ContainerAsk):
    """A plan for an environment with a cluster.

    Attributes:
        site: the environment.
    """

    site: Site
