"""The model registry: versions of named models and the aliases `candidate` and `live`, as objects of the store.

    registry/NAME/model/DIGEST             a model's pickle
    registry/NAME/version/000001.json      one object a version, numbered from 1
    registry/NAME/alias/ALIAS/000001.json  one object a move of the alias; the last one that holds says where it stands
    registry/NAME/gate/000001.json         one object a time that a gate was asked about a version

Objects are only ever added, with the store's `put_new`: two writers get two numbers, nothing is overwritten, and who
moved what when stays readable. A version notes the key of the task that made the model: one key is one version,
however often it is registered. The registry keeps its own copy of the model, so that clearing a cache takes no live
model away.

A version also notes the logical time of the run that made it, and what is live is asked at one: a back-fill, which is
a run with an earlier `as_of`, sees what was live by then, and moves no alias away from a version of a later time. A
person may: `promote` does as it is told.

Loading a model unpickles it, and a pickle is code: whoever can write to the store can run code where it is loaded. A
model is therefore loaded only from the store, by its version, and only while its bytes have the digest that was noted,
and a version counts only under the name and number that it says; this detects damage and mix-ups, not malice.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlc_runtime.errors import InvalidInputError, StepError
from mlc_runtime.keys import digest_bytes
from mlc_runtime.store import log

if TYPE_CHECKING:
    from mlc_runtime.store.store import Store

CANDIDATE = "candidate"
"""The alias of the version registered last."""
LIVE = "live"
"""The alias of the version that serves."""


@dataclass(frozen=True)
class Version:
    """A registered model.

    Attributes:
        name: of the model, the training's.
        version: its number, from 1.
        key: of the task that made the model: what was asked.
        digest: of the model's pickle.
        who: the user who ran it.
        when: ISO 8601, UTC.
        run: the run's identifier.
        metrics: the report's test and validation scores.
        origin: where it came from: what else the compiler notes, such as the hash of the spec.
        as_of: the logical time of the data, microseconds since the epoch; None for a model of data without time.
    """

    name: str
    version: int
    key: str
    digest: str
    who: str
    when: str
    run: str
    metrics: Mapping[str, Any] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)
    as_of: int | None = None

    def after(self, as_of: int | None) -> bool:
        """Whether it was made of data of a later logical time."""
        return self.as_of is not None and as_of is not None and self.as_of > as_of


@dataclass(frozen=True)
class Move:
    """One move of an alias; `action` is `promote`, or `rollback` to where it stood before."""

    version: int
    action: str
    who: str
    when: str


@dataclass(frozen=True)
class Verdict:
    """What a gate said of a version.

    Attributes:
        version: its number.
        passed: whether it may go live.
        text: the condition, as the spec has it.
        values: what the condition read, by name; None where there was nothing.
        run: the run that asked.
    """

    version: int
    passed: bool
    text: str
    values: Mapping[str, Any]
    run: str


def models(store: Store) -> list[str]:
    """The names of all registered models, sorted."""
    return list(dict.fromkeys(name.split("/")[1] for name in store.names("registry/")))


def versions(store: Store, name: str) -> list[Version]:
    """The versions of a model, the oldest first; empty where there is no such model.

    Raises:
        InvalidInputError: `MLC929`, an object of the registry is that of another version, or none at all.
    """
    return [_version(name, number, data) for number, data in log.entries(store, _versions(name))]


def find(store: Store, name: str, which: str = LIVE) -> Version:
    """The version of a model by its number or by an alias.

    Raises:
        StepError: `MLC947` where there is no such model, version or alias.
    """
    known = versions(store, name)
    if not known:
        raise StepError("MLC947", f"there is no model `{name}`", f"Registered: {', '.join(models(store)) or 'none'}.")
    number = int(which) if which.isdecimal() else standing(store, name, which)
    found = next((version for version in known if version.version == number), None)
    if found is None:
        what = f"version {which}" if which.isdecimal() else f"{which} version"
        raise StepError("MLC947", f"`{name}` has no {what}", f"It has versions 1 to {known[-1].version}.")
    return found


def live(store: Store, name: str, as_of: int | None = None) -> Version | None:
    """The live version of a model, or None.

    Args:
        store: where the registry is.
        name: of the model.
        as_of: a logical time: versions made of later data are passed over, and what was live before them is found.
    """
    for number in reversed(_stack(store, name, LIVE)):
        version = find(store, name, str(number))
        if not version.after(as_of):
            return version
    return None


def load(store: Store, version: Version) -> Any:
    """The model of a version.

    Raises:
        InvalidInputError: `MLC929` where its bytes are gone or damaged, or nothing here can make a model of them.
    """
    data = store.get(_model(version.name, version.digest))
    if data is None or digest_bytes(data) != version.digest:
        raise InvalidInputError(
            "MLC929",
            f"the model of `{version.name}` version {version.version} is {'gone' if data is None else 'damaged'}",
            "Train it again, or roll back to another version.",
        )
    try:
        return pickle.loads(data)
    except Exception as error:
        raise InvalidInputError(
            "MLC929",
            f"the model of `{version.name}` version {version.version} cannot be read: {type(error).__name__}: {error}",
            "Read it with the code and the libraries that it was trained with, or train it again.",
        ) from error


def standing(store: Store, name: str, alias: str) -> int | None:
    """The number of the version that an alias points to, or None."""
    stack = _stack(store, name, alias)
    return stack[-1] if stack else None


def moves(store: Store, name: str, alias: str) -> list[Move]:
    """All moves of an alias, the oldest first."""
    return [_move(name, data) for _, data in log.entries(store, _moves(name, alias))]


def register(
    store: Store,
    name: str,
    key: str,
    model: Any,
    *,
    who: str,
    when: str,
    run: str,
    metrics: Mapping[str, Any],
    origin: Mapping[str, Any],
    as_of: int | None = None,
) -> Version:
    """The version of this key: the one that is there, else a new one.

    The alias `candidate` moves to it, unless it stands at a version of a later logical time.
    """
    while True:
        number = log.next_number(store, _versions(name))
        version = next((version for version in versions(store, name) if version.key == key), None)
        if version is None:
            data = pickle.dumps(model, protocol=5)
            digest = digest_bytes(data)
            store.put(_model(name, digest), data)
            new = Version(name, number, key, digest, who, when, run, metrics, origin, as_of)
            if not log.add(store, _versions(name), new.version, asdict(new)):
                continue  # another writer took the number, perhaps for this very key
            version = new
        latest = standing(store, name, CANDIDATE)
        if latest is None or not find(store, name, str(latest)).after(version.as_of):
            promote(store, name, version.version, alias=CANDIDATE, who=who, when=when)
        return version


def promote(store: Store, name: str, version: int, *, alias: str = LIVE, who: str, when: str) -> Version:
    """Move an alias to a version; nothing happens where it stands there.

    Raises:
        StepError: `MLC947` where there is no such version.
    """
    found = find(store, name, str(version))
    while True:
        number = log.next_number(store, _moves(name, alias))
        if standing(store, name, alias) == version or log.add(
            store, _moves(name, alias), number, asdict(Move(version, "promote", who, when))
        ):
            return found


def rollback(store: Store, name: str, *, alias: str = LIVE, who: str, when: str) -> Version:
    """Move an alias back to where it stood before the promotion that is in force; repeated, one further back.

    Raises:
        StepError: `MLC947` where there is no such model; `MLC948` where the alias stood nowhere before.
    """
    while True:
        number = log.next_number(store, _moves(name, alias))
        find(store, name, alias)
        stack = _stack(store, name, alias)
        if len(stack) < 2:
            raise StepError("MLC948", f"`{name}` has no earlier {alias} version", "Promote another version instead.")
        if log.add(store, _moves(name, alias), number, asdict(Move(stack[-2], "rollback", who, when))):
            return find(store, name, str(stack[-2]))


def rolled_back(store: Store, name: str, alias: str = LIVE) -> frozenset[int]:
    """The versions from which an alias was rolled back, and to which it was not promoted again."""
    stack: list[int] = []
    found: set[int] = set()
    for move in moves(store, name, alias):
        if move.action == "promote":
            stack.append(move.version)
            found.discard(move.version)
        elif stack:
            found.add(stack.pop())
    return frozenset(found)


def judge(store: Store, name: str, verdict: Verdict) -> None:
    """Note what a gate said, unless it said the same of this version before."""
    while True:
        number = log.next_number(store, _verdicts(name))
        said = last_verdict(store, name, verdict.version)
        if said is not None and replace(said, run=verdict.run) == verdict:
            return
        if log.add(store, _verdicts(name), number, asdict(verdict)):
            return


def last_verdict(store: Store, name: str, version: int) -> Verdict | None:
    """What a gate said last of a version; None where none was asked."""
    said = [Verdict(**data) for _, data in log.entries(store, _verdicts(name)) if data.get("version") == version]
    return said[-1] if said else None


def _stack(store: Store, name: str, alias: str) -> list[int]:
    """The promotions in force, the latest last: a rollback takes one away."""
    stack: list[int] = []
    for move in moves(store, name, alias):
        if move.action == "promote":
            stack.append(move.version)
        else:
            del stack[-1:]
    return stack


def _model(name: str, digest: str) -> str:
    return f"registry/{name}/model/{digest}"


def _versions(name: str) -> str:
    return f"registry/{name}/version/"


def _moves(name: str, alias: str) -> str:
    return f"registry/{name}/alias/{alias}/"


def _verdicts(name: str) -> str:
    return f"registry/{name}/gate/"


def _version(name: str, number: int, data: Any) -> Version:
    try:
        version = Version(**data)
    except TypeError as error:
        raise _tampered(name, f"version {number}", "no version") from error
    if (version.name, version.version) != (name, number):
        raise _tampered(name, f"version {number}", f"`{version.name}` version {version.version}")
    return version


def _move(name: str, data: Any) -> Move:
    try:
        return Move(**data)
    except TypeError as error:
        raise _tampered(name, "a move of an alias", "none") from error


def _tampered(name: str, what: str, really: str) -> InvalidInputError:
    return InvalidInputError(
        "MLC929",
        f"the registry's object for {what} of `{name}` is {really}",
        "Somebody changed the store by hand: put the object back, or remove it and train again.",
    )
