"""The pipeline of the countries for Argo, written with Hera: items found at run time."""

import sys
from pathlib import Path

from hera.workflows import DAG, Container, Parameter, Workflow


def step(name, *inputs):
    return Container(
        name=name,
        image="python:3.11",
        command=["python", "-m", f"countries.{name}"],
        inputs=[Parameter(name=one) for one in inputs],
        outputs=[Parameter(name="out", value_from={"path": "/tmp/out"})],
    )


with Workflow(generate_name="life-expectancy-", entrypoint="main") as workflow:
    load, features = step("load"), step("features")
    train, select = step("train", "country", "setting"), step("select", "country")
    register, predict = step("register", "country"), step("predict", "country")
    with DAG(name="country", inputs=[Parameter(name="country")]):
        country = "{{inputs.parameters.country}}"
        settings = [str(number) for number in range(100)]
        one = train(name="train", with_items=settings, arguments={"country": country, "setting": "{{item}}"})
        two = select(name="select", arguments={"country": country})
        three = register(name="register", arguments={"country": country})
        four = predict(name="predict", arguments={"country": country})
        one >> two >> three >> four
    with DAG(name="main"):
        first, second = load(name="load"), features(name="features")
        each = workflow.templates[-2](
            name="countries", with_param="{{tasks.features.outputs.parameters.out}}", arguments={"country": "{{item}}"}
        )
        first >> second >> each

Path(sys.argv[1]).write_text(workflow.to_yaml())
