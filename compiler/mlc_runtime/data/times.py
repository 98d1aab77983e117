"""From local times to instants, by DuckDB's own zones, so that reading and expressions agree."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.sql import open_session

INSTANT = pa.timestamp("us", tz="UTC")
"""The type of a `timestamp`: microseconds since the epoch."""


@dataclass(frozen=True)
class Localized:
    """Local times as instants.

    Attributes:
        instants: `timestamp[us, UTC]`, null where the local time is.
        twice: how many of the local times occur twice in the zone (clocks set back); the later one is taken, so that
            nothing counts as known before it was.
        skipped: how many never occur (clocks set forward); they are read with the offset in force before the change.
    """

    instants: pa.ChunkedArray
    twice: int = 0
    skipped: int = 0


_LOCALIZE = """
with instants as (
  select local, timezone($zone, local) as instant from times
), offsets as (
  select local, instant,
    epoch_us(timezone($zone, instant)) - epoch_us(instant) as after,
    epoch_us(timezone($zone, instant - interval 24 hour)) - epoch_us(instant - interval 24 hour) as before
  from instants
), others as (
  select local, instant, instant + to_microseconds(after - before) as other from offsets
)
select instant,
  other < instant and timezone($zone, other) = local as twice,
  timezone($zone, instant) <> local as skipped
from others
"""


def localize(local: pa.ChunkedArray, zone: str) -> Localized:
    """Read local times (`timestamp` without a zone) in a zone.

    Args:
        local: the local times.
        zone: an IANA name.
    """
    unit = local.type.unit if pa.types.is_timestamp(local.type) else "us"
    micros = local.cast(pa.timestamp("us"), safe=unit != "ns")
    if zone == "UTC":
        return Localized(micros.cast(INSTANT))
    with open_session({"zone": zone}, zone) as session:
        session.register("times", pa.table({"local": micros}))
        read = session.query(_LOCALIZE)
    return Localized(
        read["instant"].cast(INSTANT),
        pc.sum(read["twice"], min_count=0).as_py(),
        pc.sum(read["skipped"], min_count=0).as_py(),
    )
