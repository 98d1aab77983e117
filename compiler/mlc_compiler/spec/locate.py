"""Where an error of pydantic's stands: its `loc`, freed of the tags of unions, and the field that it concerns.

A `loc` names the member of a union that was tried as if it were a key. Following it through the types, and not
through the data, tells the two apart even where a key has the same name as a tag.
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, Discriminator, Tag
from pydantic.fields import FieldInfo

from mlc_compiler.source.place import Path


class Located(NamedTuple):
    """What a `loc` leads to.

    Attributes:
        path: the path in the document.
        model: the innermost model on the way; its fields are the keys that are known there.
        field: the innermost field on the way, by its key.
        on_key: whether the key itself is meant, not its value.
    """

    path: Path
    model: type[BaseModel]
    field: FieldInfo | None = None
    on_key: bool = False


def locate(model: type[BaseModel], loc: Path) -> Located:
    """Follow a `loc` from the root model on."""
    return _follow(model, (), loc, Located((), model))


def _follow(hint: Any, metadata: tuple[Any, ...], loc: Path, here: Located) -> Located:
    if get_origin(hint) is Annotated:
        inner, *more = get_args(hint)
        return _follow(inner, (*metadata, *more), loc, here)
    if not loc:
        first = get_args(hint)[0] if get_origin(hint) in {Union, UnionType} else hint
        return here._replace(model=first) if _is_model(first) else here
    if get_origin(hint) in {Union, UnionType}:
        members = [member for member in get_args(hint) if member is not NoneType]
        if len(members) == 1:
            return _follow(members[0], metadata, loc, here)
        key = _discriminator(metadata)
        member = next((member for member in members if loc[0] in _tags(member, key)), None) if key is not None else None
        return here if member is None else _follow(member, (), loc[1:], here)
    part, rest = loc[0], loc[1:]
    below = here._replace(path=(*here.path, part))
    if _is_model(hint):
        field = next((field for field in hint.model_fields.values() if field.alias == part), None)
        if field is None:
            return below._replace(model=hint, field=None)
        extra = (Discriminator(field.discriminator),) if isinstance(field.discriminator, str) else ()
        return _follow(field.annotation, (*field.metadata, *extra), rest, below._replace(model=hint, field=field))
    if get_origin(hint) is dict:
        if rest == ("[key]",):
            return below._replace(on_key=True)
        return _follow(get_args(hint)[1], (), rest, below)
    if get_origin(hint) is tuple and isinstance(part, int):
        return _follow(get_args(hint)[0], (), rest, below)
    return here


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)


def _discriminator(metadata: tuple[Any, ...]) -> str | None:
    """The key whose value is the tag; empty where a function computes the tag; None for an ordinary union."""
    for item in metadata:
        discriminator = item.discriminator if isinstance(item, Discriminator | FieldInfo) else None
        if discriminator is not None:
            return discriminator if isinstance(discriminator, str) else ""
    return None


def _tags(member: Any, key: str) -> tuple[Any, ...]:
    if key:
        return get_args(member.model_fields[key].annotation)
    return tuple(item.tag for item in get_args(member) if isinstance(item, Tag))
