"""The pipeline of the countries for Kubeflow Pipelines: items found at run time, the grid within each."""

import sys

from kfp import compiler, dsl


@dsl.component(base_image="python:3.11")
def load() -> str:
    return "table"


@dsl.component(base_image="python:3.11")
def features(table: str) -> list:
    return []


@dsl.component(base_image="python:3.11")
def train(country: str, setting: str) -> float:
    return 0.0


@dsl.component(base_image="python:3.11")
def select(scores: list) -> str:
    return ""


@dsl.component(base_image="python:3.11")
def register(setting: str) -> str:
    return ""


@dsl.component(base_image="python:3.11")
def predict(setting: str) -> str:
    return ""


@dsl.pipeline(name="life-expectancy")
def pipeline() -> None:
    countries = features(table=load().output)
    with dsl.ParallelFor(countries.output) as country:
        with dsl.ParallelFor([str(number) for number in range(100)]) as setting:
            score = train(country=country, setting=setting)
        best = select(scores=dsl.Collected(score.output))
        predict(setting=register(setting=best.output).output)


compiler.Compiler().compile(pipeline, sys.argv[1])
