"""Online servings on SageMaker: models, weighted variants and an endpoint, in the pipeline's own template."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.targets.servings import plans_of_servings

from mlc_compiler.target import Server
from mlc_runtime.plan import Plan, load
from mlc_stepfunctions.target import TARGET

INSTANCES = {"instance_type": "ml.m7i.large", "instances": 2}
Resources = dict[str, dict[str, Any]]


@pytest.fixture
def plans(tmp_path: Path) -> tuple[Plan, list[Plan]]:
    return plans_of_servings(tmp_path)


@pytest.fixture
def serve(plans: tuple[Plan, list[Plan]]) -> Callable[..., tuple[Resources, dict[str, bytes]]]:
    """Compiles for an account: the resources of the template, and all files."""

    def made(serving: dict[str, Any] | None, **more: Any) -> tuple[Resources, dict[str, bytes]]:
        settings = {"queue": {"arn": "arn:aws:batch:eu-central-1:123456789012:job-queue/ml"}, **more}
        site = {
            "store": {"path": "s3://bucket/prefix"},
            "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/ml@sha256:" + "0" * 64,
            "connections": {"lake": {"type": "s3", "bucket": "lake"}},
            "targets": {"stepfunctions": {**settings, **({"serving": serving} if serving else {})}},
        }
        whole, online = plans
        files = dict(TARGET.serve(whole, online, site))
        return yaml.safe_load(files["template.yaml"])["Resources"], files

    return made


Serve = Callable[..., tuple[Resources, dict[str, bytes]]]


def test_an_endpoint_of_its_live_model(serve: Serve) -> None:
    resources, files = serve(INSTANCES)
    assert resources["Serverask"]["Properties"]["EndpointName"] == "shop--ask"
    assert resources["ServeraskX2dbyX2dkey"]["Properties"]["EndpointName"] == "shop--ask-by-key"
    [variant] = resources["ServeraskConfig"]["Properties"]["ProductionVariants"]
    assert variant["ModelName"] == {"Fn::GetAtt": ["ServeraskLive", "ModelName"]}
    assert (variant["VariantName"], variant["InstanceType"]) == ("live", "ml.m7i.large")
    assert (variant["InitialInstanceCount"], variant["InitialVariantWeight"]) == (2, 100)
    model = resources["ServeraskLive"]["Properties"]
    variables = model["PrimaryContainer"]["Environment"]
    assert variables["MLC_ALIAS"] == "live"
    folder = variables["MLC_PLAN"].removesuffix("plan.json.bz2")
    assert folder.startswith("s3://bucket/prefix/plan/shop/")
    assert variables["MLC_ENVIRONMENT"] == f"{folder}environment.json"
    assert f"aws s3 cp --recursive ask {folder}".encode() in files["README.md"]
    assert load(files["ask/plan.json.bz2"]).spec["serving"]["name"] == "ask"
    assert json.loads(files["ask/environment.json"])["store"] == {"path": "s3://bucket/prefix"}
    assert b"/usr/local/bin/serve" in files["Dockerfile"]
    assert "VpcConfig" not in model


def test_a_canary_is_another_variant_with_its_share(serve: Serve) -> None:
    resources, _ = serve({**INSTANCES, "canary": "10%"})
    variants = resources["ServeraskConfig"]["Properties"]["ProductionVariants"]
    assert {each["VariantName"]: each["InitialVariantWeight"] for each in variants} == {"live": 90, "candidate": 10}
    container = resources["ServeraskCandidate"]["Properties"]["PrimaryContainer"]
    assert container["Environment"]["MLC_ALIAS"] == "candidate"


def test_servers_are_where_machines_are_and_may_what_steps_may(serve: Serve) -> None:
    network = {"subnets": ["subnet-0a"], "security_groups": ["sg-0b"]}
    resources, _ = serve(INSTANCES, network=network)
    inside = resources["ServeraskLive"]["Properties"]["VpcConfig"]
    assert inside == {"Subnets": ["subnet-0a"], "SecurityGroupIds": ["sg-0b"]}
    properties = resources["ServeRole"]["Properties"]
    [statement] = properties["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    actions = [each["Action"] for policy in properties["Policies"] for each in policy["PolicyDocument"]["Statement"]]
    assert ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"] in actions
    assert any("ecr:BatchGetImage" in each for each in actions)
    assert any("ec2:CreateNetworkInterface" in each for each in actions)


def test_nothing_is_served_unasked(serve: Serve, plans: tuple[Plan, list[Plan]]) -> None:
    resources, files = serve(None)
    assert not [name for name in resources if name.startswith("Serve")]
    assert b"/usr/local/bin/serve" not in files["Dockerfile"]
    assert not [name for name in files if "/" in name]
    assert isinstance(TARGET, Server)


def test_a_change_beside_servings_replaces_no_server(serve: Serve, plans: tuple[Plan, list[Plan]]) -> None:
    """A model's name hangs on its properties, and these on what the server reads."""
    before, _ = serve(INSTANCES)
    whole, online = plans
    other = Plan(whole.name, whole.params, whole.axes, whole.steps[:-1], whole.spec, whole.files)
    site = {
        "store": {"path": "s3://bucket/prefix"},
        "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/ml@sha256:" + "0" * 64,
        "connections": {"lake": {"type": "s3", "bucket": "lake"}},
        "targets": {
            "stepfunctions": {
                "queue": {"arn": "arn:aws:batch:eu-central-1:123456789012:job-queue/ml"},
                "serving": INSTANCES,
            }
        },
    }
    after = yaml.safe_load(TARGET.serve(other, online, site)["template.yaml"])["Resources"]
    assert {name: each for name, each in before.items() if name.startswith("Server")} == {
        name: each for name, each in after.items() if name.startswith("Server")
    }
