"""The target `stepfunctions`: AWS Step Functions with AWS Batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.passes.facts import Limits
from mlc_compiler.plan.certify import Limit
from mlc_compiler.spec.load import load_settings
from mlc_compiler.target import Files, Lines, RunState
from mlc_containers.image import dockerfile
from mlc_containers.layout import MOST_TILES
from mlc_runtime.plan import Plan
from mlc_stepfunctions.checks import CHECKS
from mlc_stepfunctions.checks.ask import Ask
from mlc_stepfunctions.environment import Site, site_of
from mlc_stepfunctions.limits import CAPABILITIES, limits_of
from mlc_stepfunctions.readme import readme
from mlc_stepfunctions.serving import command, servers_of
from mlc_stepfunctions.settings import Settings
from mlc_stepfunctions.state_machines import read_by_jobs, state_machines
from mlc_stepfunctions.template import MACHINE, stack_files
from mlc_stepfunctions.trace import trace

if TYPE_CHECKING:
    from mlc_stepfunctions.cloud import Cloud


class StepFunctionsTarget:
    """Makes of a plan a stack that `aws cloudformation deploy` takes."""

    name = "stepfunctions"
    version = "1"
    title = "AWS Step Functions with AWS Batch"
    capabilities = CAPABILITIES
    costs = Limits(startup=30.0, request=0.03, tiles=MOST_TILES)
    """A job on a machine that is there takes some thirty seconds to its first line, a request to S3 some 30 ms."""

    def check(self, plan: Plan, environment: Mapping[str, Any], files: Files) -> Sequence[Diagnostic]:
        """What is wrong with `targets.stepfunctions`, and what is asked for and would not be done."""
        settings, found = load_settings(Settings, environment, self.name, files.environment)
        if found:
            return found
        ask = Ask(self.name, plan, Site(environment, settings), files)
        return tuple(diagnostic for check in CHECKS for diagnostic in check(ask))

    def limits(self, environment: Mapping[str, Any]) -> Sequence[Limit]:
        """What Step Functions holds, AWS Batch, and CloudFormation that installs them."""
        return limits_of(site_of(environment))

    def compile(self, plan: Plan, environment: Mapping[str, Any]) -> Mapping[str, bytes]:
        """The files of a pipeline, which another compilation of the same plan repeats byte for byte."""
        return self.serve(plan, (), environment)

    def serve(self, plan: Plan, online: Sequence[Plan], environment: Mapping[str, Any]) -> Mapping[str, bytes]:
        """The same, with what answers for its online servings, where the environment names instances."""
        site = site_of(environment)
        servers, machines = servers_of(plan, online, site), state_machines(plan, site)
        return {
            **stack_files(machines, servers),
            **read_by_jobs(machines),
            **{f"{one.folder}/{name}": data for one in servers for name, data in one.files(site).items()},
            "Dockerfile": dockerfile(plan, site, command(servers)),
            "README.md": readme(machines[0], servers),
        }

    def trace(self, plan: Plan, files: Mapping[str, bytes]) -> Mapping[str, Sequence[Lines]]:
        """Where the rows of the state machines come from."""
        parts = [machine.part for machine in state_machines(plan, Site({}))]
        return {part.file(MACHINE): trace(part.plan, files[part.file(MACHINE)]) for part in parts}

    def submit(
        self,
        plan: Plan,
        online: Sequence[Plan],
        environment: Mapping[str, Any],
        parameters: Mapping[str, str],
        as_of: str | None,
    ) -> str:
        """Install or update the pipeline and start a run; its name."""
        from mlc_stepfunctions import engine  # following runs is another trade than compiling, which starts at once

        site = site_of(environment)
        machines, servers = state_machines(plan, site), servers_of(plan, online, site)
        return engine.start(_cloud(environment), machines, servers, parameters, as_of)

    def status(self, run: str, environment: Mapping[str, Any]) -> RunState:
        """How a run stands."""
        from mlc_stepfunctions import engine

        return engine.state(_cloud(environment), run)

    def logs(self, run: str, environment: Mapping[str, Any], step: str | None) -> Iterator[tuple[str, str]]:
        """What the jobs of a run, or of one step of it, printed."""
        from mlc_stepfunctions import engine

        return engine.logs(_cloud(environment), run, step)

    def stop(self, run: str, environment: Mapping[str, Any]) -> None:
        """End a run; what is finished is kept."""
        from mlc_stepfunctions import engine

        engine.stop(_cloud(environment), run)

    def resume(self, run: str, environment: Mapping[str, Any]) -> str:
        """Go on with a run, or start one that does what it left undone; its name."""
        from mlc_stepfunctions import engine

        return engine.again(_cloud(environment), run)


def _cloud(environment: Mapping[str, Any]) -> Cloud:
    from mlc_stepfunctions.cloud import Cloud

    return Cloud(site_of(environment).settings.region)


TARGET = StepFunctionsTarget()
"""AWS Step Functions with AWS Batch."""
