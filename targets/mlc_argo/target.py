"""The target `argo`: Argo Workflows on Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlc_argo.access import access
from mlc_argo.checks import CHECKS
from mlc_argo.checks.ask import Ask
from mlc_argo.configuration import kustomization
from mlc_argo.environment import Site, site_of
from mlc_argo.fit import parts_of
from mlc_argo.limits import CAPABILITIES, limits_of
from mlc_argo.readme import readme
from mlc_argo.schedule import cron_workflows, run_manifest
from mlc_argo.serving import servers_of, serving
from mlc_argo.settings import Settings
from mlc_argo.trace import trace
from mlc_argo.workflow import workflow_templates
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.passes.facts import Limits
from mlc_compiler.plan.certify import Limit
from mlc_compiler.spec.load import load_settings
from mlc_compiler.target import Files, Lines, RunState
from mlc_containers.configuration import configuration_files
from mlc_containers.image import dockerfile
from mlc_containers.layout import MOST_TILES
from mlc_containers.manifest import dump_manifest, dump_manifests
from mlc_runtime.plan import Plan

if TYPE_CHECKING:
    from mlc_argo.cluster import Cluster

WORKFLOW, ACCESS, SCHEDULE, RUN = "workflow.yaml", "access.yaml", "schedule.yaml", "run.yaml"
SERVING = "serving.yaml"


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
        ask = Ask(self.name, plan, Site(environment, settings), files)
        return tuple(diagnostic for check in CHECKS for diagnostic in check(ask))

    def limits(self, environment: Mapping[str, Any]) -> Sequence[Limit]:
        """What Argo holds, and Kubernetes under it."""
        return limits_of(site_of(environment))

    def compile(self, plan: Plan, environment: Mapping[str, Any]) -> Mapping[str, bytes]:
        """The files of a pipeline, which another compilation of the same plan repeats byte for byte."""
        return self.serve(plan, (), environment)

    def serve(self, plan: Plan, online: Sequence[Plan], environment: Mapping[str, Any]) -> Mapping[str, bytes]:
        """The same, with what answers for its online servings."""
        site = site_of(environment)
        parts = parts_of(plan, site)
        workflows = [(part, workflow_templates(part, site)) for part in parts]
        schedules = cron_workflows(plan, site, parts)
        servers = servers_of(plan, online, site)
        resources = {
            **{part.file(WORKFLOW): dump_manifests(templates) for part, templates in workflows},
            **({SCHEDULE: dump_manifests(schedules)} if schedules else {}),
            **({SERVING: dump_manifests(serving(servers, site))} if servers else {}),
            ACCESS: dump_manifests(access(plan, site, children=any(len(templates) > 1 for _, templates in workflows))),
        }
        plans = {part.file(name): data for part in parts for name, data in configuration_files(part.plan, site).items()}
        maps = {server.configuration(site): server.sources for server in servers}
        return {
            "kustomization.yaml": dump_manifest(kustomization(parts, site, list(resources), maps)),
            **resources,
            RUN: dump_manifest(run_manifest(plan, site)),
            **{name: data for name, data in plans.items() if not name.startswith("environment-")},
            **{server.file(key): data for server in servers for key, data in server.files.items()},
            "Dockerfile": dockerfile(plan, site),
            "README.md": readme(plan, serves=bool(servers)),
        }

    def trace(self, plan: Plan, files: Mapping[str, bytes]) -> Mapping[str, Sequence[Lines]]:
        """Where the tasks and templates of the workflow come from."""
        parts = parts_of(plan, Site({}))
        return {part.file(WORKFLOW): trace(part.plan, files[part.file(WORKFLOW)]) for part in parts}

    def submit(
        self,
        plan: Plan,
        online: Sequence[Plan],
        environment: Mapping[str, Any],
        parameters: Mapping[str, str],
        as_of: str | None,
    ) -> str:
        """Install or update the pipeline and start a run; its name."""
        from mlc_argo import engine  # following runs is another trade than compiling, which should start at once

        site = site_of(environment)
        return engine.start(_cluster(environment), plan, servers_of(plan, online, site), site, parameters, as_of)

    def status(self, run: str, environment: Mapping[str, Any]) -> RunState:
        """How a run stands."""
        from mlc_argo import engine

        return engine.state(_cluster(environment), run)

    def logs(self, run: str, environment: Mapping[str, Any], step: str | None) -> Iterator[tuple[str, str]]:
        """What the pods of a run, or of one step of it, printed."""
        from mlc_argo import engine

        return engine.logs(_cluster(environment), run, step)

    def stop(self, run: str, environment: Mapping[str, Any]) -> None:
        """End a run; what is finished is kept."""
        from mlc_argo import engine

        engine.stop(_cluster(environment), run)

    def resume(self, run: str, environment: Mapping[str, Any]) -> str:
        """Start a run that does what another one left undone; its name."""
        from mlc_argo import engine

        return engine.again(_cluster(environment), run)


def _cluster(environment: Mapping[str, Any]) -> Cluster:
    from mlc_argo.cluster import Cluster

    return Cluster(site_of(environment).settings.namespace or "")


TARGET = ArgoTarget()
"""Argo Workflows on Kubernetes."""
