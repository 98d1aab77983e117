"""The spec: its header, and the seven sections."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from mlc_compiler.spec.cron import check_cron
from mlc_compiler.spec.examples import Examples
from mlc_compiler.spec.experiments import Experiment
from mlc_compiler.spec.features import FeatureGroup
from mlc_compiler.spec.parameter import Parameter
from mlc_compiler.spec.serving import Serving
from mlc_compiler.spec.shape import Shape, field
from mlc_compiler.spec.sources import Source
from mlc_compiler.spec.steps import Step
from mlc_compiler.spec.timezone import check_timezone
from mlc_compiler.spec.training import Training
from mlc_compiler.spec.values import EMPTY_AS_NONE, PIPELINE_PATTERN, Name, Names, Text
from mlc_compiler.spec.versions import RENAMES, VERSION


def _version(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and value != VERSION:
        context = {
            "version": value,
            **({"help": "bring it up to date: `mlc migrate FILE`"} if value in RENAMES else {}),
        }
        raise PydanticCustomError("MLC109", "version {version} of the language is not supported", context)
    return value


def _as_schedule(value: object) -> object:
    return [{"cron": value}] if isinstance(value, str) else value


class Scheduled(Shape):
    """When something runs."""

    cron: Annotated[str, AfterValidator(check_cron)] = field(
        "Minute, hour, day of month, month, day of week, in the spec's time zone.", example="0 3 * * *"
    )
    run: Names | None = field(
        "Trainings, servings and steps; everything where it is left out.", example=["churn"], default=None
    )


class Spec(Shape):
    """An mlc pipeline: what is predicted from which data by which models."""

    mlc: Annotated[Literal[1], BeforeValidator(_version)] = field("The version of the language.", example=1)
    name: Annotated[str, Field(pattern=PIPELINE_PATTERN)] = field("The pipeline's name.", example="flight-delays")
    description: Text | None = field(
        "Why it exists.", example="Which flights will arrive more than 15 minutes late?", default=None
    )
    timezone: Annotated[str, AfterValidator(check_timezone)] = field(
        "The IANA time zone that reads timestamps without one, and in which hours, calendars and schedules are meant.",
        example="Europe/Zurich",
        default="UTC",
    )
    seed: Annotated[int, Field(ge=0, lt=2**32)] = field("Every random choice derives from it.", example=42, default=0)
    schedule: Annotated[
        tuple[Scheduled, ...],
        Field(strict=False),
        BeforeValidator(_as_schedule, json_schema_input_type=str | tuple[Scheduled, ...]),
    ] = field(
        "When it runs: a cron line, or several with the names that each runs.",
        example=[{"cron": "0 2 * * SUN", "run": ["churn"]}],
        default=(),
    )
    include: Annotated[dict[Name, Text], EMPTY_AS_NONE] = field(
        "Other files, whose sources and features are written `alias.name`.",
        example={"crm": "../common/crm.yaml"},
        default={},
    )
    parameters: Annotated[dict[Name, Parameter], EMPTY_AS_NONE] = field(
        "Typed values set for a run.", example={"cost": {"type": "float", "default": 12.5, "min": 0}}, default={}
    )
    sources: Annotated[dict[Name, Source], EMPTY_AS_NONE] = field(
        "Which tables are there, and when does each value become known?",
        example={"customers": {"read": "data/customers.parquet", "columns": {"customer_id": "int"}, "static": True}},
        default={},
    )
    features: Annotated[dict[Name, FeatureGroup], EMPTY_AS_NONE] = field(
        "What can be computed for an example from what was known?",
        example={"recent": {"from": "orders", "join": ["customer_id"], "window": "90d", "columns": {"n": "count(*)"}}},
        default={},
    )
    examples: Annotated[dict[Name, Examples], EMPTY_AS_NONE] = field(
        "Which rows are predicted, at which moment, with which label, split how?",
        example={"departures": {"from": "flights", "label": "arr_delay > 15"}},
        default={},
    )
    training: Annotated[dict[Name, Training], EMPTY_AS_NONE] = field(
        "Which model, over which grid, chosen how?",
        example={"late": {"examples": "departures", "features": ["sky"], "model": "models.late:Late"}},
        default={},
    )
    serving: Annotated[dict[Name, Serving], EMPTY_AS_NONE] = field(
        "Who gets predictions, where, when?", example={"late_api": {"model": "late", "mode": "online"}}, default={}
    )
    experiments: Annotated[dict[Name, Experiment], EMPTY_AS_NONE] = field(
        "Which variant is better in the world?",
        example={
            "cut_off": {
                "service": "late_api",
                "unit": "tailnum",
                "arms": {"control": {"share": "50%"}, "eager": {"share": "50%", "threshold": 0.3}},
                "outcome": {"metric": "brier", "better": "lower"},
                "detect": "5%",
            }
        },
        default={},
    )
    steps: Annotated[dict[Name, Step], EMPTY_AS_NONE] = field(
        "The escape hatch: any function or container.",
        example={"drift": {"use": "checks.drift:psi", "outputs": {"psi": "float"}}},
        default={},
    )
