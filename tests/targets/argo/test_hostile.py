"""No text of a user's reaches what Argo, Kubernetes or a shell would expand; what is carried arrives as it was."""

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.engines.argo.kubelet.environment import expand
from tests.targets.argo.hostile import HOSTILE, environment, plan, texts
from tests.targets.strings import strings

from mlc_argo.encode import encode, encode_text
from mlc_argo.target import TARGET
from mlc_compiler.target import Files
from mlc_containers.manifest import _Dumper, dump_manifest
from mlc_runtime.parameters import unquoted
from mlc_runtime.plan import Plan, PlanStep

TAG = re.compile(
    r"\{\{(item|workflow\.(name|parameters\.[a-z0-9_]+)|inputs\.parameters\.(step|tile|item|approved)"
    r"|tasks\.[-a-z0-9]+\.outputs\.parameters\.(approved|containers|tiles-\d+))\}\}"
)
"""The only tags that are ever written."""


@given(texts)
def test_nothing_that_is_expanded_holds_a_user_s_text(text: str) -> None:
    files = TARGET.compile(plan(text), environment(text))
    for name in ("workflow.yaml", "schedule.yaml", "run.yaml"):
        document = yaml.safe_load(files[name])
        assert document["metadata"].get("annotations", {"mlc/owner": text})["mlc/owner"] == text
        for found in strings(document["spec"]):
            assert found.isascii()
            assert found.isprintable()
            assert "{{" not in TAG.sub("", found.replace("{{workflow.scheduledTime}}", ""))
            assert "$(" not in found


@given(texts)
def test_what_is_carried_arrives(text: str) -> None:
    files = TARGET.compile(plan(text), environment(text))
    spec = yaml.safe_load(files["workflow.yaml"])["spec"]
    given_ = {parameter["name"]: parameter for parameter in spec["arguments"]["parameters"]}
    assert unquoted(given_["free"]["value"]) == text
    assert [unquoted(value) for value in given_["choice"]["enum"]] == [text, "other"]
    assert given_["choice"]["value"] in given_["choice"]["enum"]
    ask = next(template for template in spec["templates"] if template["name"] == "ask-ask")
    assert json.loads(ask["inputs"]["parameters"][0]["value"]) == text
    known = json.loads(files["environment.json"])
    assert known["store"]["path"] == f"s3://bucket/{text}"
    assert known["connections"]["warehouse"]["host"] == text


@given(texts)
def test_a_container_s_command_is_refused_or_arrives(text: str) -> None:
    params = {"image": "registry.example/r:1", "command": ["say", text], "outputs": {}}
    own = Plan("p", steps=(PlanStep("report", "container", "0", params, origin=(("steps", "report"),)),))
    site = environment("x")
    if "{{" in text:
        found = TARGET.check(own, site, Files("pipeline.yaml", "environment.yaml"))
        assert [each.code for each in found if each.severity == "error"] == ["MLC722"]
        return
    spec = yaml.safe_load(TARGET.compile(own, site)["workflow.yaml"])["spec"]
    template = next(each for each in spec["templates"] if each["name"] == "report-run")
    assert [expand(word, {"HOSTNAME": "!", "x": "!"}) for word in template["initContainers"][1]["args"]] == [
        "say",
        text,
    ]


@given(st.recursive(texts | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner)))
def test_encoding_is_json_without_hazards(value: Any) -> None:
    encoded = encode(value)
    assert json.loads(encoded) == value
    assert encoded.isascii()
    assert encoded.isprintable()
    inside = re.sub(r'"(?:[^"\\]|\\.)*"', lambda token: re.sub(r"[{}$\x7f]", "!", token[0]), encoded)
    assert inside == encoded


@given(texts)
def test_a_text_is_read_back(text: str) -> None:
    assert unquoted(encode_text(text)) == text


@given(st.dictionaries(texts, texts, min_size=1))
def test_yaml_is_read_back(data: dict[str, str]) -> None:
    assert yaml.safe_load(dump_manifest(data)) == data


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z0-9./_-]{1,60}", fullmatch=True),
        texts | st.lists(texts) | st.booleans() | st.integers(),
        min_size=1,
    )
)
def test_yaml_is_the_same_without_the_c_library(data: dict[str, Any]) -> None:
    class Plain(yaml.SafeDumper):
        yaml_representers = _Dumper.yaml_representers

    assert yaml.dump(data, Dumper=Plain, sort_keys=False, width=2**30).encode() == dump_manifest(data)


@pytest.mark.parametrize(
    "word", ["1e3", "0o17", "0x1f", "1_000", "on", "y", "null", "~", ".inf", "012", "1:30", "=", "<<"]
)
def test_what_readers_disagree_on_is_quoted(word: str) -> None:
    assert dump_manifest({"key": word}) == f'{{key: "{word}"}}\n'.encode()


@pytest.mark.parametrize("text", [text for text in HOSTILE if text not in ("yes", "1e3")])
@pytest.mark.parametrize("where", ["label", "key", "taint", "secret", "secret key", "image", "base", "path"])
def test_what_has_a_form_is_held_to_it(where: str, text: str) -> None:
    site = environment("x")
    match where:
        case "label":
            site["pools"] = {"p": {"labels": {"a": text}}}
        case "key":
            site["pools"] = {"p": {"labels": {text: "a"}}}
        case "taint":
            site["pools"] = {"p": {"tolerations": [{"key": "a", "value": text}]}}
        case "secret":
            site["secrets"] = {"s": {"kubernetes": {"secret": text, "key": "k"}}}
        case "secret key":
            site["secrets"] = {"s": {"kubernetes": {"secret": "s", "key": text}}}
        case "image":
            site["image"] = text
        case "base":
            site["targets"]["argo"]["base_image"] = text
        case "path":
            site["connections"] = {"c": {"type": "folder", "path": text}}
    reads = PlanStep("read", "read", "0", {"locate": {"connection": "c", "table": "t"}}, origin=(("sources", "s"),))
    found = TARGET.check(Plan("p", steps=(reads,)), site, Files("pipeline.yaml", "environment.yaml"))
    assert {each.code for each in found if each.severity == "error"} == {"MLC720" if where == "path" else "MLC715"}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("key", ["namespace", "service_account", "mutex", "gpu_resource", "image_pull_secrets"])
def test_settings_have_a_form(key: str, text: str) -> None:
    site = environment("x")
    site["targets"]["argo"][key] = [f"{text}!"] if key == "image_pull_secrets" else f"{text}!"
    found = TARGET.check(plan("x"), site, Files("pipeline.yaml", "environment.yaml"))
    assert [(each.code, each.place.path[:3]) for each in found] == [("MLC110", ("targets", "argo", key))]
