"""The target `argo`: Argo Workflows on Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlc_argo.access import access
from mlc_argo.checks import CHECKS
from mlc_argo.checks.ask import Ask
from mlc_argo.configuration import configuration_files, configuration_name, kustomization
from mlc_argo.environment import Site, site_of
from mlc_argo.fit import fit
from mlc_argo.image import image_files
from mlc_argo.layout import MOST_TILES, arrange
from mlc_argo.limits import CAPABILITIES, limits_of
from mlc_argo.manifest import dump_manifest, dump_manifests
from mlc_argo.schedule import cron_workflow, run_manifest
from mlc_argo.settings import Settings
from mlc_argo.trace import trace
from mlc_argo.workflow import workflow_template
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.passes.facts import Limits
from mlc_compiler.plan.certify import Limit
from mlc_compiler.spec.load import load_settings
from mlc_compiler.target import Files, Lines
from mlc_runtime.plan import Plan

WORKFLOW, ACCESS, SCHEDULE, RUN = "workflow.yaml", "access.yaml", "schedule.yaml", "run.yaml"


class ArgoTarget:
    """Makes of a plan a folder that `kubectl apply -k` takes."""

    name = "argo"
    version = "1"
    title = "Argo Workflows on Kubernetes"
    capabilities = CAPABILITIES
    costs = Limits(startup=10.0, request=0.03, tiles=MOST_TILES)
    """A pod on a node that has the image takes some ten seconds to its first line, a request to S3 some 30 ms."""

    def check(self, plan: Plan, environment: Mapping[str, Any], files: Files) -> Sequence[Diagnostic]:
        """What is wrong with `targets.argo`, and what is asked for and would not be done."""
        settings, found = load_settings(Settings, environment, self.name, files.environment)
        if found:
            return found
        ask = Ask(plan, Site(environment, settings), files)
        return tuple(diagnostic for check in CHECKS for diagnostic in check(ask))

    def limits(self, environment: Mapping[str, Any]) -> Sequence[Limit]:
        """What Argo holds, and Kubernetes under it."""
        return limits_of(site_of(environment))

    def compile(self, plan: Plan, environment: Mapping[str, Any]) -> Mapping[str, bytes]:
        """The files of a pipeline, which another compilation of the same plan repeats byte for byte."""
        site = site_of(environment)
        plan = fit(plan, site.settings.nodes)
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

    def trace(self, plan: Plan, files: Mapping[str, bytes]) -> Mapping[str, Sequence[Lines]]:
        """Where the tasks and templates of the workflow come from."""
        return {WORKFLOW: trace(plan, files[WORKFLOW])}


TARGET = ArgoTarget()
"""Argo Workflows on Kubernetes."""
