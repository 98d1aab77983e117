"""Online servings in a cluster: one platform a file, chosen by `serving.platform` of the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from mlc_argo.environment import Site
from mlc_argo.serving.kserve import inference_service
from mlc_argo.serving.kubernetes import deployment
from mlc_argo.serving.seldon import model_settings, seldon
from mlc_argo.serving.server import Server
from mlc_containers.configuration import PLAN_FILE, configuration_files
from mlc_containers.names import server_names
from mlc_runtime.plan import Plan

Data = dict[str, Any]


class Platform(NamedTuple):
    """What runs servers.

    Attributes:
        objects: makes the objects of a serving.
        files: makes what its ConfigMap holds beside plan and environment, from the name of what answers.
    """

    objects: Callable[[Server, Site], list[Data]]
    files: Callable[[str], Mapping[str, bytes]] = lambda _: {}


PLATFORMS: Mapping[str, Platform] = {
    "kubernetes": Platform(deployment),
    "kserve": Platform(inference_service),
    "seldon": Platform(seldon, model_settings),
}


def servers_of(plan: Plan, online: Sequence[Plan], site: Site) -> tuple[Server, ...]:
    """What answers for the online servings of a pipeline, in the spec's order."""
    names = server_names(plan.name, [each.spec["serving"]["name"] for each in online])
    files = PLATFORMS[site.settings.serving.platform].files
    return tuple(
        Server(plan, each, name, {PLAN_FILE: configuration_files(each, site)[PLAN_FILE], **files(name)})
        for each, name in zip(online, names.values(), strict=True)
    )


def serving(servers: Sequence[Server], site: Site) -> list[Data]:
    """The objects that answer."""
    make = PLATFORMS[site.settings.serving.platform].objects
    return [found for server in servers for found in make(server, site)]
