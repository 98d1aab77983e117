"""Online servings on SageMaker: a model, an endpoint configuration and an endpoint, each the step image as a server.

SageMaker starts an image with the argument `serve` and asks it at `/ping` and `/invocations`, which the server answers.
What it serves it is told by variables, as jobs are. Another plan is another model and configuration: the endpoint then
starts new instances beside the old ones, and lets these go once the new ones answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlc_containers.configuration import PLAN_FILE, configuration_files
from mlc_containers.names import server_names
from mlc_runtime.plan import ENVIRONMENT_FILE, Plan
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.names import alphanumeric
from mlc_stepfunctions.settings import Serving
from mlc_stepfunctions.state_machines import configuration_prefix
from mlc_stepfunctions.tags import tag_list

Data = dict[str, Any]

ROLE = "ServeRole"
_STARTING = 1800
"""Seconds in which a server has to be ready: it reads the sources that it looks up in."""
_SCRIPT = r"""RUN printf '#!/bin/sh\nexec python -m mlc_runtime serve --host 0.0.0.0\n' > /usr/local/bin/serve \
 && chmod 755 /usr/local/bin/serve"""
"""What makes `serve` a command of the image."""


@dataclass(frozen=True)
class Server:
    """What answers for a serving.

    Attributes:
        plan: of the serving.
        name: of the endpoint.
        prefix: what the keys begin with of the files that it reads; another plan or environment changes it, and
            nothing else of the pipeline does.
    """

    plan: Plan
    name: str
    prefix: str

    @property
    def folder(self) -> str:
        """Where its files stand beside the template."""
        return self.name.rpartition("--")[2]

    def files(self, site: Site) -> dict[str, bytes]:
        """The files that it reads."""
        return configuration_files(self.plan, site)


def servers_of(plan: Plan, online: Sequence[Plan], site: Site) -> tuple[Server, ...]:
    """What answers for the online servings of a pipeline; nothing, where the environment names no instances."""
    if site.settings.serving is None:
        return ()
    names = server_names(plan.name, [each.spec["serving"]["name"] for each in online])
    return tuple(
        Server(each, name, configuration_prefix(each, site)) for each, name in zip(online, names.values(), strict=True)
    )


def command(servers: Sequence[Server]) -> str:
    """The lines of the Dockerfile that make the image one that SageMaker starts."""
    return _SCRIPT if servers else ""


def endpoints(plan: Plan, site: Site, servers: Sequence[Server]) -> dict[str, Data]:
    """The resources of servings, by id."""
    settings = site.settings.serving
    if settings is None:
        return {}
    return {name: one for server in servers for name, one in _endpoint(plan, site, settings, server).items()}


def _endpoint(plan: Plan, site: Site, settings: Serving, server: Server) -> dict[str, Data]:
    """The models with their weights, the configuration and the endpoint of one serving."""
    own, tagged = f"Server{_id(server)}", {"Tags": tag_list(plan, site)}
    canary = round(100 * (settings.canary or 0))
    shares = {"live": 100 - canary, **({"candidate": canary} if settings.canary is not None else {})}
    models = {alias: f"{own}{alias.capitalize()}" for alias in shares}
    variants = [
        {
            "VariantName": alias,
            "ModelName": {"Fn::GetAtt": [models[alias], "ModelName"]},
            "InstanceType": settings.instance_type,
            "InitialInstanceCount": settings.instances,
            "InitialVariantWeight": share,
            "ContainerStartupHealthCheckTimeoutInSeconds": _STARTING,
        }
        for alias, share in shares.items()
    ]
    return {
        **{model: _model(site, server, alias, tagged) for alias, model in models.items()},
        f"{own}Config": {
            "Type": "AWS::SageMaker::EndpointConfig",
            "Properties": {"ProductionVariants": variants, **tagged},
        },
        own: {
            "Type": "AWS::SageMaker::Endpoint",
            "Properties": {
                "EndpointName": server.name,
                "EndpointConfigName": {"Fn::GetAtt": [f"{own}Config", "EndpointConfigName"]},
                **tagged,
            },
        },
    }


def _model(site: Site, server: Server, alias: str, tagged: Mapping[str, Any]) -> Data:
    network = site.settings.network
    inside: Data = {}
    if network is not None:
        inside["VpcConfig"] = {"Subnets": list(network.subnets), "SecurityGroupIds": list(network.security_groups)}
    folder = f"s3://{site.bucket}/{server.prefix}"
    variables = {
        "MLC_PLAN": folder + PLAN_FILE,
        "MLC_ENVIRONMENT": folder + ENVIRONMENT_FILE,
        "MLC_ALIAS": alias,
        "HOME": "/tmp",
    }
    return {
        "Type": "AWS::SageMaker::Model",
        "Properties": {
            "ExecutionRoleArn": {"Fn::GetAtt": [ROLE, "Arn"]},
            "PrimaryContainer": {"Image": site.image, "Environment": variables},
            **inside,
            **tagged,
        },
    }


def _id(server: Server) -> str:
    """The end of an endpoint's name as a part of an id."""
    return alphanumeric(server.folder)
