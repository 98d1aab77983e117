"""Names as engines take them: short, lower-case, without dots, and no two alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from hashlib import blake2b

LONGEST_NAME = 40
"""Characters of a step's name, which becomes a part of the names of its processes."""
LONGEST_RESOURCE = 40
"""Characters of the pipeline's name: those of a run, of at most 63, add a time or a random ending to it."""
LONGEST_SERVER = 50
"""Characters of what answers requests: a host's name has 63, and KServe adds `-predictor` to it."""

_OTHER = re.compile(r"[^a-z0-9]+")


def resource_name(pipeline: str) -> str:
    """The name that the objects of a pipeline begin with.

    >>> resource_name("flight-delays"), resource_name("flight_delays-")
    ('flight-delays', 'flight-delays-947d7e')
    """
    return short_name(pipeline, LONGEST_RESOURCE)


def short_name(name: str, longest: int) -> str:
    """A name of at most so many characters; with a hash of it where it is no other's.

    >>> short_name("scores", 11), short_name("churn_scores", 11)
    ('scores', 'chur-30e7f4')
    """
    slug = _slug(name)
    return slug if slug == name and len(slug) <= longest else _marked(slug, name, longest)


def short_names(steps: Iterable[str], reserved: Collection[str] = ()) -> dict[str, str]:
    """A name for each step: its own where that is possible, else with a hash of it.

    >>> short_names(["late.fit", "a.b", "a_b"])
    {'late.fit': 'late-fit', 'a.b': 'a-b-28b8f5', 'a_b': 'a-b-ca2739'}
    """
    slugs = {step: _slug(step) for step in steps}
    uses = Counter(slugs.values())
    return {
        step: slug
        if uses[slug] == 1 and slug not in reserved and len(slug) <= LONGEST_NAME
        else _marked(slug, step, LONGEST_NAME)
        for step, slug in slugs.items()
    }


def server_names(pipeline: str, servings: Iterable[str]) -> dict[str, str]:
    """The name of what answers for each online serving of a pipeline; no other pipeline's has it.

    >>> server_names("flight-delays", ["late_api"])
    {'late_api': 'flight-delays--late-api'}
    """
    base = resource_name(pipeline)
    whole = {serving: f"{base}--{short}" for serving, short in short_names(servings).items()}
    return {
        serving: name if len(name) <= LONGEST_SERVER else _marked(name, f"{pipeline} {serving}", LONGEST_SERVER)
        for serving, name in whole.items()
    }


def _slug(name: str) -> str:
    return _OTHER.sub("-", name.lower()).strip("-") or "x"


def _marked(slug: str, name: str, longest: int) -> str:
    mark = blake2b(name.encode(), digest_size=3).hexdigest()
    return f"{slug[: longest - len(mark) - 1].rstrip('-')}-{mark}"
