"""What all models of the language have in common: strictness, short forms, and forms that exclude each other.

The modules of models do without `from __future__ import annotations`: pydantic would compile each annotation anew
whenever `mlc` starts.
"""

from typing import Any, ClassVar, NamedTuple, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError


class Form(NamedTuple):
    """One of the ways in which an entry may be written.

    Attributes:
        key: the key that tells this form from the others; `None` for the form without such a key.
        needs: keys that this form must have besides.
        allows: keys that this form may have, and forms that do not name them may not.
    """

    key: str | None
    needs: tuple[str, ...] = ()
    allows: tuple[str, ...] = ()

    def has(self, key: str) -> bool:
        """Whether the key belongs to this form."""
        return key == self.key or key in self.needs or key in self.allows


def field(
    description: str, *, example: object, unit: str = "", default: Any = ..., options: dict[str, str] | None = None
) -> Any:
    """A field of the language; required without a `default`.

    Args:
        description: what it means, as Markdown.
        example: a value as a spec has it.
        unit: what a number is counted in.
        default: its value where it is left out.
        options: what each value of an enumeration means, in order.
    """
    extra: dict[str, Any] = {"unit": unit} if unit else {}
    if options:
        extra["enumDescriptions"] = list(options.values())
    return Field(default, description=description, examples=[example], json_schema_extra=extra or None)


class Shape(BaseModel):
    """A mapping of the language with known keys; `from_` and the like are written without the underscore."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=lambda name: name.rstrip("_"),
        defer_build=True,
        protected_namespaces=(),
    )

    FORMS: ClassVar[tuple[Form, ...]] = ()

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        """Refuse keys without a value, and mixtures of forms."""
        written = [name for name in type(self).model_fields if name in self.model_fields_set]
        for name in written:
            if getattr(self, name) is None:
                raise PydanticCustomError(
                    "MLC115", "`{key}` has no value", {"key": name.rstrip("_"), "at": name.rstrip("_")}
                )
        if self.FORMS:
            _check_form(self.FORMS, [name.rstrip("_") for name in written])
        return self


class ShortShape(Shape):
    """A mapping that may be written as the bare value of its key `SHORT`.

    The long form is what the model holds. A path into it leads nowhere in a document that has the short form, and
    so stands for the bare value.
    """

    SHORT: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _lengthen(cls, data: object) -> object:
        return data if isinstance(data, dict | cls) else {cls.SHORT: data}


def _check_form(forms: tuple[Form, ...], keys: list[str]) -> None:
    """Raise unless the keys are those of exactly one form.

    The context of what is raised names, besides what the message needs, the key `at` which it is wrong, and the
    `alternatives`: keys of which one would have made it right.

    Raises:
        PydanticCustomError: `MLC102` for a form's missing key, `MLC104` for keys of two forms.
    """
    tags = [form.key for form in forms if form.key]
    present = [tag for tag in tags if tag in keys]
    if len(present) > 1:
        context: dict[str, Any] = {"keys": quoted(present, "and"), "at": present[-1]}
        context["help"] = f"keep one of {quoted(present, 'and')}"
        raise PydanticCustomError("MLC104", "{keys} exclude each other", context)
    form = next((form for form in forms if form.key == (present[0] if present else None)), None)
    if form is None:
        context = {"keys": quoted(tags, "or"), "key": tags[0], "alternatives": tags}
        raise PydanticCustomError("MLC102", "one of {keys} is missing", context)
    for key in keys:
        owners = [other.key or "" for other in forms if other.has(key)]
        if owners and not form.has(key):
            _refuse(key, form, [owner for owner in owners if owner])
    for key in form.needs:
        if key not in keys:
            message = "`{key}` is missing, which `{tag}` needs" if form.key else "`{key}` is missing"
            raise PydanticCustomError("MLC102", message, {"key": key, "tag": form.key or "", "alternatives": [key]})


def _refuse(key: str, form: Form, owners: list[str]) -> NoReturn:
    if form.key:
        help_ = f"leave `{key}` out, or write {quoted(owners, 'or')} instead of `{form.key}`"
        context: dict[str, Any] = {"key": key, "tag": form.key, "at": key, "help": help_}
        raise PydanticCustomError("MLC104", "`{key}` does not go with `{tag}`", context)
    help_ = f"add {quoted(owners, 'or')}, or leave `{key}` out"
    context = {"key": key, "owners": quoted(owners, "or"), "at": key, "alternatives": owners, "help": help_}
    raise PydanticCustomError("MLC104", "`{key}` needs {owners}", context)


def quoted(words: list[str], conjunction: str) -> str:
    """The words in backticks: "`a`, `b` or `c`"."""
    marked = [f"`{word}`" for word in words]
    return f" {conjunction} ".join([", ".join(marked[:-1]), marked[-1]] if len(marked) > 1 else marked)
