"""The target `argo`: Argo Workflows on Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_argo.access import access
from mlc_argo.configuration import configuration_files, configuration_name, kustomization
from mlc_argo.environment import site_of
from mlc_argo.image import image_files
from mlc_argo.layout import arrange
from mlc_argo.manifest import dump_manifest, dump_manifests
from mlc_argo.schedule import cron_workflow, run_manifest
from mlc_argo.workflow import workflow_template
from mlc_runtime.plan import Plan

WORKFLOW, ACCESS, SCHEDULE, RUN = "workflow.yaml", "access.yaml", "schedule.yaml", "run.yaml"


class ArgoTarget:
    """Makes of a plan a folder that `kubectl apply -k` takes."""

    name = "argo"
    version = "1"
    title = "Argo Workflows on Kubernetes"

    def compile(self, plan: Plan, environment: Mapping[str, Any]) -> Mapping[str, bytes]:
        """The files of a pipeline, which another compilation of the same plan repeats byte for byte."""
        site = site_of(environment)
        nodes = arrange(plan)
        resources = {
            WORKFLOW: dump_manifest(workflow_template(plan, site, nodes, configuration_name(plan, site))),
            **({SCHEDULE: dump_manifest(cron_workflow(plan, site))} if plan.spec.get("schedule") else {}),
            ACCESS: dump_manifests(access(plan, site)),
        }
        return {
            "kustomization.yaml": dump_manifest(kustomization(plan, site, list(resources))),
            **resources,
            RUN: dump_manifest(run_manifest(plan, site)),
            **configuration_files(plan, site),
            **image_files(plan, site),
        }


TARGET = ArgoTarget()
"""Argo Workflows on Kubernetes."""
