"""A stack: resources made in order, changed, and removed; what fails is taken back."""

from __future__ import annotations

import random
import string
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.engines.aws.server.stacks.kinds import KINDS, Clients, Made
from tests.engines.aws.server.stacks.template import TemplateError, ordered, resolve

_LETTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Event:
    """Something that happened to a resource, or to the stack."""

    logical: str
    physical: str
    type: str
    status: str
    reason: str = ""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Resource:
    """A resource of a stack as it stands."""

    logical: str
    type: str
    properties: Mapping[str, Any]
    made: Made
    status: str = "CREATE_COMPLETE"
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Stack:
    """A stack and all that happened to it.

    Attributes:
        known: what pseudo parameters and parameters stand for.
    """

    id: str
    name: str
    aws: Clients
    template: Mapping[str, Any]
    text: str
    known: Mapping[str, Any]
    tags: Mapping[str, str]
    status: str = "CREATE_IN_PROGRESS"
    reason: str = ""
    resources: dict[str, Resource] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime | None = None

    @property
    def outputs(self) -> dict[str, Any]:
        """The outputs, by name; none of a stack that is not there yet."""
        if not self.status.endswith("_COMPLETE") or self.status in {"ROLLBACK_COMPLETE", "DELETE_COMPLETE"}:
            return {}
        wanted = self.template.get("Outputs", {})
        return {name: resolve(each["Value"], self._reference) for name, each in wanted.items()}

    def begin(self, status: str, work: Callable[[], None]) -> None:
        """Do something in the background, as CloudFormation does."""
        self._set(status, "User Initiated")
        threading.Thread(target=work, daemon=True).start()

    def create(self) -> None:
        """Make all resources; if one fails, none stays."""
        try:
            self._apply(self.template)
        except Exception as error:  # noqa: BLE001  # whatever a service says, the stack reports
            self._set("ROLLBACK_IN_PROGRESS", str(error))
            self._remove(set(self.resources))
            self._set("ROLLBACK_COMPLETE")
        else:
            self._set("CREATE_COMPLETE")

    def update(self, template: Mapping[str, Any], text: str) -> None:
        """Change what is there to another template; if that fails, back to the one before."""
        before = self.template
        self.updated = datetime.now(UTC)
        try:
            self._apply(template)
            self._remove(self.resources.keys() - template["Resources"].keys())
        except Exception as error:  # noqa: BLE001  # whatever a service says, the stack reports
            self._set("UPDATE_ROLLBACK_IN_PROGRESS", str(error))
            self._apply(before)
            self._remove(self.resources.keys() - before["Resources"].keys())
            self._set("UPDATE_ROLLBACK_COMPLETE")
        else:
            self.template, self.text = template, text
            self._set("UPDATE_COMPLETE")

    def delete(self) -> None:
        """Remove all resources."""
        try:
            self._remove(set(self.resources))
        except Exception as error:  # noqa: BLE001  # whatever a service says, the stack reports
            self._set("DELETE_FAILED", str(error))
        else:
            self._set("DELETE_COMPLETE")

    def _apply(self, template: Mapping[str, Any]) -> None:
        wanted = template["Resources"]
        for logical in ordered(wanted):
            kind = wanted[logical]["Type"]
            try:
                properties = resolve(wanted[logical].get("Properties", {}), self._reference)
                self._make(logical, kind, properties)
            except Exception as error:
                verb = "UPDATE" if logical in self.resources else "CREATE"
                self.events.append(Event(logical, "", kind, f"{verb}_FAILED", str(error)))
                raise TemplateError(f"The following resource(s) failed to {verb.lower()}: [{logical}].") from error

    def _make(self, logical: str, kind: str, properties: Mapping[str, Any]) -> None:
        there = self.resources.get(logical)
        if there is not None and there.properties == properties:
            return
        name = f"{self.name}-{logical}-{''.join(random.choices(_LETTERS, k=12))}"
        if there is None:
            self.events.append(Event(logical, "", kind, "CREATE_IN_PROGRESS"))
            made, status = KINDS[kind].create(self.aws, name, properties), "CREATE_COMPLETE"
        else:
            self.events.append(Event(logical, there.made.id, kind, "UPDATE_IN_PROGRESS"))
            made = KINDS[kind].update(self.aws, there.made, name, properties, there.properties)
            status = "UPDATE_COMPLETE"
        self.resources[logical] = Resource(logical, kind, properties, made, status)
        self.events.append(Event(logical, made.id, kind, status))

    def _remove(self, names: set[str]) -> None:
        """Remove resources, those that need others first: they were made last."""
        for logical in [each for each in reversed(self.resources) if each in names]:
            there = self.resources[logical]
            self.events.append(Event(logical, there.made.id, there.type, "DELETE_IN_PROGRESS"))
            KINDS[there.type].delete(self.aws, there.made, there.properties)
            self.events.append(Event(logical, there.made.id, there.type, "DELETE_COMPLETE"))
            del self.resources[logical]

    def _reference(self, name: str, attribute: str | None) -> Any:
        if attribute is None and name in self.known:
            return self.known[name]
        if name not in self.resources:
            raise TemplateError(f"Unresolved resource dependencies [{name}]")
        made = self.resources[name].made
        if attribute is None:
            return made.id
        if attribute not in made.attributes:
            raise TemplateError(f"{name} has no attribute {attribute}")
        return made.attributes[attribute]

    def _set(self, status: str, reason: str = "") -> None:
        self.status, self.reason = status, reason
        self.events.append(Event(self.name, self.id, "AWS::CloudFormation::Stack", status, reason))


def unknown_types(template: Mapping[str, Any]) -> Iterator[str]:
    """The types of resources that this engine cannot make."""
    yield from sorted({each["Type"] for each in template["Resources"].values()} - KINDS.keys())
