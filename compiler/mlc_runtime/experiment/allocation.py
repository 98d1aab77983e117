"""Divide the positions of a layer between arms, so that few units ever change theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlc_runtime.experiment.assignment import POSITIONS, Segment

Segments = tuple[Segment, ...]


def allocate(
    shares: Mapping[str, int], before: Mapping[str, Segments] | None = None, taken: Iterable[Segment] = ()
) -> dict[str, Segments]:
    """Segments for arms with these shares.

    An arm keeps the positions that it has: one whose share grows gets free ones on top, one whose share shrinks gives
    the last ones back. So a unit changes its arm only if its arm gave it back, whatever the other arms do.

    Args:
        shares: of each arm, in millionths, in the order in which they are served.
        before: the segments that arms have; those of arms without a share are given back.
        taken: what others of the layer hold.

    Returns:
        Each arm's segments, ascending.

    Raises:
        ValueError: there are not so many positions.

    >>> first = allocate({"control": 100_000, "treatment": 100_000})
    >>> allocate({"control": 100_000, "treatment": 300_000}, first)["treatment"]
    (Segment(start=100000, end=400000),)
    """
    kept = {arm: tuple(_first(sorted((before or {}).get(arm, ())), share)) for arm, share in shares.items()}
    free = list(_gaps([*taken, *(segment for segments in kept.values() for segment in segments)]))
    found: dict[str, Segments] = {}
    for arm, share in shares.items():
        missing = share - length(kept[arm])
        new = list(_first(free, missing))
        if length(new) < missing:
            raise ValueError(f"arm {arm!r} wants {missing} positions more, and {length(free)} are free")
        free = list(_without_first(free, missing))
        found[arm] = tuple(_joined([*kept[arm], *new]))
    return found


def length(segments: Iterable[Segment]) -> int:
    """How many positions they hold."""
    return sum(segment.end - segment.start for segment in segments)


def _first(segments: Iterable[Segment], count: int) -> Iterator[Segment]:
    """The first so many positions."""
    for start, end in segments:
        if count <= 0:
            return
        yield Segment(start, min(end, start + count))
        count -= end - start


def _without_first(segments: Iterable[Segment], count: int) -> Iterator[Segment]:
    """What lies behind the first so many positions."""
    for start, end in segments:
        if end - start > count:
            yield Segment(start + max(count, 0), end)
        count -= end - start


def _gaps(held: Iterable[Segment]) -> Iterator[Segment]:
    """The positions that nobody holds."""
    at = 0
    for start, end in sorted(held):
        if start > at:
            yield Segment(at, start)
        at = max(at, end)
    if at < POSITIONS:
        yield Segment(at, POSITIONS)


def _joined(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Neighbours as one."""
    last: Segment | None = None
    for segment in sorted(segments):
        if last is not None and last.end == segment.start:
            last = Segment(last.start, segment.end)
        else:
            if last is not None:
                yield last
            last = segment
    if last is not None:
        yield last
