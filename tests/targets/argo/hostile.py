"""Texts that something between a spec and a step's process would take for more than text."""

from typing import Any

from hypothesis import strategies as st

from mlc_runtime.plan import Plan, PlanStep

HOSTILE = (
    "{{=1+1}}",
    "{{workflow.name}}",
    "{{workflow.nope}}",
    "{{foo.bar}}",
    "{{ unclosed",
    "}} closed",
    "$(HOSTNAME)",
    "$$(x) $HOME `id`",
    'it\'s "quoted"',
    "back\\slash \\u007b \\n",
    "line\nbreak\r\n\ttab",
    "bell\a escape\x1b vertical\v delete\x7f",
    "nul \x00 and \x85 next line",
    "emoji \N{PILE OF POO} tag \U000e0001",
    "<script>&amp;</script>",
    "line separator \u2028 no-break \xa0",
    "'; rm -rf / #",
    "yes",
    "1e3",
)
texts = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1))


def plan(text: str, name: str = "pipeline") -> Plan:
    """A plan with a text in every field that takes any."""
    params = {
        "free": {"type": "string", "default": text},
        "choice": {"type": "string", "default": text, "one_of": [text, "other"]},
    }
    steps = (
        PlanStep("ask", "approve", "0", {"message": text, "timeout": None}, effect=True, origin=(("steps", "ask"),)),
        PlanStep("work", "python", "0", {"use": "f:g", "with": {text: text}}, origin=(("steps", "work"),)),
    )
    return Plan(name, params, {}, steps, {"timezone": "UTC", "schedule": [{"cron": "0 3 * * *"}]})


def environment(text: str) -> dict[str, Any]:
    """An environment with a text in every field that takes any."""
    return {
        "store": {"path": f"s3://bucket/{text}", "endpoint": "http://127.0.0.1:9000"},
        "image": "registry.example/ml@sha256:" + "0" * 64,
        "connections": {"warehouse": {"type": "postgres", "host": text, "user": text}},
        "targets": {"argo": {"owner": text, "annotations": {"a.example/b": text}}},
    }
