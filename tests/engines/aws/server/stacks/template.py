"""A template of CloudFormation: what is wrong with it, the order of its resources, and its functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import yaml

SIZE = 51_200
"""The bytes of a template in a request; in S3 it may have a mebibyte (quotas of the User Guide)."""

_HOLE = re.compile(r"\$\{(!?)([^}]*)\}")

Reference = Callable[[str, str | None], Any]
"""What a name stands for: the resource's own reference, or one of its attributes."""


class TemplateError(ValueError):
    """CloudFormation would refuse the template, or this engine does not know what is in it."""


def read(text: str, region: str) -> dict[str, Any]:
    """Read a template.

    Raises:
        TemplateError: it is no template, or cfn-lint finds an error in it.
    """
    from cfnlint.api import ManualArgs, lint  # takes two seconds

    try:
        template = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise TemplateError(f"Template format error: {error}") from error
    if not isinstance(template, dict) or not template.get("Resources"):
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    found = [f"{each.rule.id}: {each.message}" for each in lint(text, config=ManualArgs(regions=[region]))]
    wrong = [each for each in found if each.startswith("E")]
    if wrong:
        raise TemplateError("; ".join(wrong))
    return template


def ordered(resources: Mapping[str, Any]) -> list[str]:
    """The names of resources, each after those that it needs.

    Raises:
        TemplateError: they need each other.
    """
    needs: dict[str, set[str]] = {}
    for name, resource in resources.items():
        named = resource.get("DependsOn", [])
        explicit = [named] if isinstance(named, str) else named
        needs[name] = {need for need in (*explicit, *_names(resource.get("Properties", {}))) if need in resources}
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise TemplateError(f"Circular dependency between resources: {error.args[1]}") from error


def resolve(value: Any, reference: Reference) -> Any:
    """A value with what its functions stand for; what is `AWS::NoValue` is left out.

    Raises:
        TemplateError: this engine does not know a function in it.
    """
    match value:
        case {"Ref": str(name)}:
            return reference(name, None)
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return reference(name, attribute)
        case {"Fn::Sub": str(text)}:
            return _fill(text, {}, reference)
        case {"Fn::Sub": [str(text), dict(given)]}:
            return _fill(text, resolve(given, reference), reference)
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(str(part) for part in resolve(parts, reference))
        case dict() if len(value) == 1 and next(iter(value)).startswith("Fn::"):
            raise TemplateError(f"this engine does not know {next(iter(value))}")
        case dict():
            found = {name: resolve(below, reference) for name, below in value.items()}
            return {name: below for name, below in found.items() if below is not None}
        case list():
            found = [resolve(each, reference) for each in value]
            return [each for each in found if each is not None]
        case _:
            return value


def _fill(text: str, given: Mapping[str, Any], reference: Reference) -> str:
    def one(hole: re.Match[str]) -> str:
        if hole[1]:  # `${!name}` is a literal
            return f"${{{hole[2]}}}"
        if hole[2] in given:
            return str(given[hole[2]])
        name, _, attribute = hole[2].partition(".")
        return str(reference(name, attribute or None))

    return _HOLE.sub(one, text)


def _names(value: Any) -> Iterator[str]:
    """All names that functions in a value refer to."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), _]}:
            yield name
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), _]}:
            yield from (hole[2].partition(".")[0] for hole in _HOLE.finditer(text) if not hole[1])
            if isinstance(value["Fn::Sub"], list):
                yield from _names(value["Fn::Sub"][1])
        case dict():
            for below in value.values():
                yield from _names(below)
        case list():
            for each in value:
                yield from _names(each)
        case _:
            pass
