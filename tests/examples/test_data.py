"""The data of the examples is what their READMEs say, whatever script built it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
FLIGHTS = EXAMPLES / "flights/data/flights.parquet"
PLANES = EXAMPLES / "flights/data/planes.parquet"
WEATHER = EXAMPLES / "flights/data/warehouse/public.weather.parquet"
INSTANT = pa.timestamp("us", tz="UTC")
MINUTE = 60_000_000


@pytest.fixture(scope="module")
def flights() -> pa.Table:
    return pq.read_table(FLIGHTS)


@pytest.fixture(scope="module")
def weather() -> pa.Table:
    return pq.read_table(WEATHER)


def minutes(later: pa.ChunkedArray, earlier: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.divide(pc.subtract(later.cast(pa.int64()), earlier.cast(pa.int64())), MINUTE).cast(pa.float64())


def clock(instants: pa.ChunkedArray, zone: str) -> list[str]:
    return pc.strftime(instants.cast(pa.timestamp("s", tz=zone)), format="%Y-%m-%d %H:%M:%S").to_pylist()


def flight(flights: pa.Table, **columns: object) -> pa.Table:
    found = flights
    for name, value in columns.items():
        found = found.filter(pc.equal(found[name], value))
    return found


def all_true(values: pa.ChunkedArray) -> bool:
    return pc.all(values, min_count=0).as_py()


def test_files_are_small() -> None:
    sizes = [path.stat().st_size for path in (FLIGHTS, PLANES, WEATHER)]
    assert sum(sizes) < 5_000_000


def test_flights_are_all_there_and_identified(flights: pa.Table) -> None:
    assert flights.num_rows == 336_776
    assert flights["flight_id"].to_pylist() == list(range(1, 336_777))
    assert sorted(flights["origin"].unique().to_pylist()) == ["EWR", "JFK", "LGA"]


def test_flights_are_in_the_order_of_their_schedule(flights: pa.Table) -> None:
    departures = flights["scheduled_departure"].cast(pa.int64()).combine_chunks()
    assert all_true(pc.less_equal(departures[:-1], departures[1:]))


def test_instants_are_instants(flights: pa.Table, weather: pa.Table) -> None:
    for name in ("scheduled_departure", "scheduled_arrival", "actual_departure", "actual_arrival"):
        assert flights.schema.field(name).type == INSTANT
    assert weather.schema.field("observed_at").type == INSTANT


def test_delays_are_differences_of_instants(flights: pa.Table) -> None:
    departed, arrived = flights["dep_delay"], flights["arr_delay"]
    assert departed.null_count == flights["actual_departure"].null_count == 8_255
    assert arrived.null_count == 9_430
    late = minutes(flights["actual_departure"], flights["scheduled_departure"])
    assert all_true(pc.equal(late, departed))
    late = minutes(flights["actual_arrival"], flights["scheduled_arrival"])
    assert all_true(pc.equal(late, arrived))


def test_diverted_flights_landed_without_a_delay_of_record(flights: pa.Table) -> None:
    landed = pc.is_valid(flights["actual_arrival"])
    assert pc.sum(pc.and_(landed, pc.is_null(flights["arr_delay"]))).as_py() == 717


def test_flights_arrive_after_departure_and_within_a_day(flights: pa.Table) -> None:
    for kind in ("scheduled", "actual"):
        duration = minutes(flights[f"{kind}_arrival"], flights[f"{kind}_departure"])
        assert pc.min(duration).as_py() > 0
        assert pc.max(duration).as_py() < 24 * 60


def test_departures_are_on_new_yorks_days(flights: pa.Table) -> None:
    local = clock(flights["scheduled_departure"], "America/New_York")
    assert local[0] == "2013-01-01 05:15:00"
    assert local[-1] == "2013-12-31 23:59:00"


def test_arrivals_are_in_the_zone_of_the_destination(flights: pa.Table) -> None:
    honolulu = flight(flights, dest="HNL", carrier="HA", flight=51)[:1]
    assert clock(honolulu["scheduled_departure"], "America/New_York") == ["2013-01-01 09:00:00"]
    assert clock(honolulu["scheduled_arrival"], "Pacific/Honolulu") == ["2013-01-01 15:30:00"]
    assert minutes(honolulu["scheduled_arrival"], honolulu["scheduled_departure"])[0].as_py() == 11.5 * 60


def test_a_flight_through_the_change_of_clocks(flights: pa.Table) -> None:
    """The package says that it landed at 2:03 on 10 March, an hour that the clocks skipped."""
    landed = flight(flights, flight_id=60_215)["actual_arrival"]
    assert clock(landed, "America/New_York") == ["2013-03-10 03:03:00"]


def test_weather_is_hourly_and_unique(weather: pa.Table) -> None:
    assert weather.num_rows == 26_115
    assert weather.group_by(["origin", "observed_at"]).aggregate([]).num_rows == weather.num_rows
    assert all_true(pc.equal(pc.floor_temporal(weather["observed_at"], unit="hour"), weather["observed_at"]))


def test_weather_has_both_hours_of_november_and_no_third_of_march(weather: pa.Table) -> None:
    local = clock(flight(weather, origin="JFK")["observed_at"], "America/New_York")
    assert local.count("2013-11-03 01:00:00") == 2
    assert "2013-03-10 01:00:00" in local
    assert not any(hour.startswith("2013-03-10 02") for hour in local)


def test_weather_is_coldest_before_dawn_in_new_york(weather: pa.Table) -> None:
    hour = pc.hour(weather["observed_at"].cast(pa.timestamp("s", tz="America/New_York")))
    means = pa.table({"hour": hour, "temp": weather["temp"]}).group_by("hour").aggregate([("temp", "mean")])
    ordered = means.sort_by("temp_mean")["hour"].to_pylist()
    assert ordered[0] == 5
    assert ordered[-1] == 14


def test_planes_are_unique_and_cover_most_flights(flights: pa.Table) -> None:
    planes = pq.read_table(PLANES)
    assert planes.num_rows == len(planes["tailnum"].unique()) == 3_322
    known = pc.is_in(flights["tailnum"], value_set=planes["tailnum"].combine_chunks())
    assert 0.84 < pc.mean(known.cast(pa.float64())).as_py() < 0.85


def test_penguins_are_all_there() -> None:
    penguins = pyarrow.csv.read_csv(EXAMPLES / "penguins/data/penguins.csv")
    assert penguins["id"].to_pylist() == list(range(1, 345))
    counts = {row["values"]: row["counts"] for row in pc.value_counts(penguins["species"]).to_pylist()}
    assert counts == {"Adelie": 152, "Gentoo": 124, "Chinstrap": 68}
    assert penguins["bill_length_mm"].null_count == 2
