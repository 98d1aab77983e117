"""Every field of the language exists, says what it means, and shows how it is written."""

from __future__ import annotations

import types
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from mlc_compiler.spec.environment import Environment
from mlc_compiler.spec.header import Spec

WORK = "with inputs outputs each after when resources retry timeout tolerate secrets always"
FIELDS = {
    "Spec": "mlc name description timezone seed schedule include parameters sources features examples training serving "
    "experiments steps",
    "Scheduled": "cron run",
    "Parameter": "type default one_of min max",
    "Source": "read sql use with inputs columns key time known static checks",
    "Read": "path connection table query files",
    "Check": "expect at_most warn fresh",
    "FeatureGroup": "from join window where columns refresh use with inputs",
    "Examples": "from at where label weight split",
    "Spine": "every from until by",
    "Label": "from join window where value",
    "TimeSplit": "by test validation folds train gap",
    "RandomSplit": "by test validation folds group",
    "ExpressionSplit": "by",
    "Training": "examples features prepare model grid search each fallback min_rows metrics select refit calibrate "
    "threshold checkpoint when resources retry timeout tolerate",
    "Stage": "use with columns",
    "Call": "use with",
    "Metric": "use with",
    "ValueRange": "from to count step scale",
    "Search": "random halving",
    "Halving": "factor resource min start",
    "Select": "maximize minimize per top",
    "Objective": "maximize minimize",
    "Resources": "cpu memory gpu pool",
    "Retry": "limit backoff max",
    "Online": "model mode when request",
    "Batch": "model mode when examples window write",
    "Write": "path connection table",
    "Experiment": "service unit arms outcome guardrails detect power alpha daily_units max_duration baseline covariate "
    "where segments layer holdout",
    "Arm": "share model threshold",
    "Outcome": "metric from join window value better",
    "Guardrail": "metric from join window value better at_most",
    "Baseline": "rate mean std",
    "Step": f"use container approve {WORK}",
    "Container": "image command",
    "Approval": "message timeout",
    "Environment": "store connections secrets image pools parallelism overrides targets",
    "StorePlace": "path endpoint region",
    "Folder": "type path fingerprint",
    "DuckDB": "type path fingerprint",
    "S3": "type bucket prefix region endpoint access_key secret_key fingerprint",
    "Postgres": "type host port database user password fingerprint",
    "MySQL": "type host port database user password fingerprint",
    "Redshift": "type host port database user password fingerprint",
    "Snowflake": "type account user password private_key warehouse role database schema fingerprint",
    "Secret": "env kubernetes aws",
    "KubernetesSecret": "secret key",
    "Pool": "cpu memory gpu spot labels tolerations priority",
    "Toleration": "key operator value effect",
    "Override": "resources retry timeout takes",
}
"""The keys of each mapping of the language."""


def _models(hint: Any) -> dict[str, type[BaseModel]]:
    if get_origin(hint) in {Annotated, Union, types.UnionType, dict, tuple}:
        return {name: model for inner in get_args(hint) for name, model in _models(inner).items()}
    if not (isinstance(hint, type) and issubclass(hint, BaseModel)):
        return {}
    below = [_models(field.annotation) for field in hint.model_fields.values()]
    return {hint.__name__: hint} | {name: model for found in below for name, model in found.items()}


MODELS = _models(Spec) | _models(Environment)


def test_the_models_are_those_of_the_language() -> None:
    assert set(MODELS) == set(FIELDS)


@pytest.mark.parametrize("name", list(FIELDS))
def test_the_fields_are_those_of_the_language(name: str) -> None:
    assert {field.alias for field in MODELS[name].model_fields.values()} == set(FIELDS[name].split())


@pytest.mark.parametrize("name", list(FIELDS))
def test_every_field_says_what_it_means_and_shows_how_it_is_written(name: str) -> None:
    for key, field in MODELS[name].model_fields.items():
        assert field.description, key
        assert field.description.endswith((".", "?")), key
        assert field.examples, key
