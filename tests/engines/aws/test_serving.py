"""Online servings: what the stack makes of SageMaker's, as SageMaker describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.engines.aws.pipeline import BUCKET
from tests.engines.aws.workspace import Workspace

from mlc_compiler.driver import check_file, compile_checked, compile_online
from mlc_runtime.plan import Plan, load
from mlc_stepfunctions.cloud import Cloud
from mlc_stepfunctions.environment import site_of
from mlc_stepfunctions.serving import servers_of
from mlc_stepfunctions.stack import install
from mlc_stepfunctions.state_machines import state_machines

SPEC = """\
mlc: 1
name: plants
sources:
  plants: {read: data/plants.csv, columns: {id: int, size: float, tall: bool}, key: [id], static: true}
features:
  size: {columns: [size]}
examples:
  e: {from: plants, label: tall, split: {by: random, test: 20%, validation: 20%}}
training:
  t: {examples: e, features: [size], model: sklearn.linear_model.LogisticRegression}
serving:
  ask: {model: t, mode: online}
"""


@pytest.fixture
def plans(tmp_path: Path) -> tuple[Plan, Plan]:
    (tmp_path / "pipeline.yaml").write_text(SPEC, encoding="utf-8")
    checked = check_file(tmp_path / "pipeline.yaml", "pipeline.yaml")
    return compile_checked(checked, tmp_path).plan, compile_online(checked, tmp_path, "ask")


def environment(**serving: Any) -> Mapping[str, Any]:
    queue = {"arn": "arn:aws:batch:us-east-1:123456789012:job-queue/main"}
    return {
        "store": {"path": f"s3://{BUCKET}/plants"},
        "image": "mlc/plants@sha256:" + "0" * 64,
        "targets": {"stepfunctions": {"queue": queue, "serving": {"instance_type": "ml.m5.large", **serving}}},
    }


def test_an_endpoint_with_its_variants_is_made_changed_and_kept(workspace: Workspace, plans: tuple[Plan, Plan]) -> None:
    """With a canary, without it, and through a change of the pipeline that is none of the server's."""
    whole, online = plans
    sagemaker, s3 = workspace.engine.client("sagemaker"), workspace.engine.client("s3")

    def installed(plan: Plan, **serving: Any) -> Mapping[str, Any]:
        site = site_of(environment(**serving))
        install(Cloud("us-east-1"), state_machines(plan, site), servers_of(plan, [online], site))
        endpoint = sagemaker.describe_endpoint(EndpointName="plants--ask")
        assert endpoint["EndpointStatus"] == "InService"
        found: Mapping[str, Any] = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
        return found

    both = installed(whole, canary="20%")
    weights = {each["VariantName"]: each["InitialVariantWeight"] for each in both["ProductionVariants"]}
    assert weights == {"live": 80, "candidate": 20}
    for variant in both["ProductionVariants"]:
        container = sagemaker.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]
        assert container["Environment"]["MLC_ALIAS"] == variant["VariantName"]
        bucket, _, key = container["Environment"]["MLC_PLAN"].removeprefix("s3://").partition("/")
        read = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        assert load(read).spec["serving"]["name"] == "ask"
    alone = installed(whole)
    assert [each["VariantName"] for each in alone["ProductionVariants"]] == ["live"]
    same = installed(replace(whole, params={"more": {"type": "int", "default": 1}}))
    assert same["EndpointConfigName"] == alone["EndpointConfigName"]
