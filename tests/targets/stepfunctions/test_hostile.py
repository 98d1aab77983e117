"""No text of a user's reaches what AWS would expand; what is carried arrives as it was, or is refused."""

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.targets.strings import strings

from mlc_compiler.target import Files
from mlc_runtime.given import read_given
from mlc_runtime.layout import given as given_name
from mlc_runtime.plan import Plan, PlanStep, load
from mlc_runtime.store.memory import MemoryStore
from mlc_stepfunctions.target import TARGET

QUEUE = "arn:aws:batch:eu-central-1:123456789012:job-queue/ml"
HOSTILE = (
    "$.a[?(@.b)]",
    "$$.Execution.Input",
    "{% $states.input %}",
    "%} {% $eval('1') %}",
    "States.Format('{}', $.a)",
    "States.JsonToString($)",
    "${Tile}",
    "${AWS::AccountId}",
    "{{resolve:secretsmanager:x}}",
    "<aws.scheduler.execution-id>",
    "Ref::run",
    "Ref::step Ref::none",
    "$(HOSTNAME) `id` $HOME",
    'it\'s "quoted"',
    "back\\slash \\u007b",
    "line\nbreak\r\n\ttab",
    "bell\a escape\x1b delete\x7f",
    "nul \x00 and \x85 next line",
    "emoji \N{PILE OF POO} tag \U000e0001",
    "line separator \u2028 no-break \xa0",
    "*",
    "?",
    "../..",
)
OURS = re.compile(
    r"\$\{(AWS::(Partition|Region|AccountId)|Prepare|Finish|Tile[0-9a-f]*|DefaultQueue)\}|\{% [^%]* %\}"
    r"|Ref::(run|step)$|<aws\.scheduler\.scheduled-time>"
)
"""The only marks that are ever written."""
MARKS = re.compile(r"\$\{|\{%|%\}|Ref::|<aws\.|\{\{resolve")

texts = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1))


def plan(text: str) -> Plan:
    params = {"free": {"type": "string", "default": text, "one_of": [text, "other"]}}
    steps = (PlanStep("work", "python", "0", {"use": "f:g", "with": {text: text}}, origin=(("steps", "work"),)),)
    return Plan("pipeline", params, {}, steps, {"timezone": "UTC", "schedule": [{"cron": "0 3 * * *"}]})


def environment(text: str = "x") -> dict[str, Any]:
    return {
        "store": {"path": "s3://bucket/prefix"},
        "image": "registry.example/ml@sha256:" + "0" * 64,
        "connections": {"warehouse": {"type": "postgres", "host": text, "user": text}},
        "targets": {"stepfunctions": {"queue": QUEUE}},
    }


@given(texts)
def test_nothing_that_is_expanded_holds_a_user_s_text(text: str) -> None:
    files = TARGET.compile(plan(text), environment(text))
    plain = TARGET.compile(plan("plain"), environment("plain"))
    definition, template = json.loads(files["state-machine.asl.json"]), yaml.safe_load(files["template.yaml"])
    assert definition == json.loads(plain["state-machine.asl.json"])
    held = template["Resources"]["Machine"]["Properties"].pop("DefinitionString")
    assert json.loads(held) == definition
    for document in (definition, template):
        for found in strings(document):
            assert found.isascii()
            assert found.isprintable()
            assert not MARKS.search(OURS.sub("", found)), found


@given(texts)
def test_what_is_carried_arrives(text: str) -> None:
    files = TARGET.compile(plan(text), environment(text))
    carried = load(files["plan.json.bz2"])
    assert carried.params["free"]["default"] == text
    assert carried.steps[0].params["with"] == {text: text}
    assert json.loads(files["environment.json"])["connections"]["warehouse"]["host"] == text


@given(st.dictionaries(texts, texts), texts)
def test_parameters_arrive_as_the_input_of_the_execution(parameters: dict[str, str], as_of: str) -> None:
    store = MemoryStore()
    store.put(given_name("r"), json.dumps({"as_of": as_of, "parameters": parameters}).encode())
    found = read_given(store, "r")
    assert (found.as_of, found.parameters) == (as_of, parameters)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("where", ["store", "prefix", "secret", "image", "base", "path"])
def test_what_has_a_form_is_held_to_it(where: str, text: str) -> None:
    site = environment()
    match where:
        case "store":
            site["store"] = {"path": text}
        case "prefix":
            site["store"] = {"path": f"s3://bucket/a {text}"}
        case "secret":
            site["secrets"] = {"s": {"aws": f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:!{text}"}}
        case "image":
            site["image"] = f"{text}!"
        case "base":
            site["targets"]["stepfunctions"]["base_image"] = f"{text}!"
        case "path":
            site["connections"] = {"c": {"type": "folder", "path": f"{text}!"}}
    locate = {"connection": "c", "table": "t", "secrets": {"x": "s"}}
    reads = PlanStep("read", "read", "0", {"locate": locate}, origin=(("sources", "s"),))
    found = TARGET.check(Plan("p", steps=(reads,)), site, Files("pipeline.yaml", "environment.yaml"))
    expected = {"store": "MLC730", "prefix": "MLC730", "path": "MLC720"}.get(where, "MLC715")
    assert {each.code for each in found if each.severity == "error"} == {expected}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "key", ["region", "queue", "alarm_topic", "question_topic", "policies", "keys", "tags", "queues", "volumes"]
)
def test_settings_have_a_form(key: str, text: str) -> None:
    site, hostile = environment(), f"{text}!"
    volume = {"path": hostile, "file_system": "fs-0123456789abcdef0", "access_point": "fsap-0123456789abcdef0"}
    values = {
        "policies": [hostile],
        "keys": [hostile],
        "tags": {"a": hostile},
        "queues": {"gpu": hostile},
        "volumes": {"out": volume},
    }
    site["targets"]["stepfunctions"][key] = values.get(key, hostile)
    found = TARGET.check(plan("x"), site, Files("pipeline.yaml", "environment.yaml"))
    assert {(each.code, each.place.path[:3]) for each in found} == {("MLC110", ("targets", "stepfunctions", key))}


@pytest.mark.parametrize("text", ["Ärger & Söhne", "team a", "a@b.example", "x/y=z+1"])
def test_tags_that_aws_takes_are_given(text: str) -> None:
    site = environment()
    site["targets"]["stepfunctions"]["tags"] = {"team": text}
    if "&" in text:
        assert TARGET.check(plan("x"), site, Files("pipeline.yaml", "environment.yaml"))
        return
    files = TARGET.compile(plan("x"), site)
    assert yaml.safe_load(files["template.yaml"])["Resources"]["Tile"]["Properties"]["Tags"]["team"] == text
