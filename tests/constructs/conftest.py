"""A shop with forty customers and four months of orders, and a meadow of plants without time, as small CSV files."""

from datetime import datetime, timedelta
from typing import Any

import pytest

START = datetime(2024, 1, 1)
CUSTOMERS = 40
ORDERS = 480

TIMED = """\
mlc: 1
name: shop
sources:
  customers:
    read: data/customers.csv
    columns: {customer_id: int, country: string, region: string, age: int, signed_up_at: timestamp}
    key: [customer_id]
    time: signed_up_at
  orders:
    read: data/orders.csv
    columns: {order_id: int, customer_id: int, amount: float, placed_at: timestamp, loaded_at: timestamp,
              late: bool, delivered_at: timestamp}
    key: [order_id]
    time: placed_at
    known: {amount: placed_at, "*": placed_at, loaded_at: loaded_at, late: delivered_at, delivered_at: delivered_at}
"""
UNTIMED = """\
mlc: 1
name: meadow
features:
  size: {columns: [width]}
  place: {columns: [soil]}
sources:
  plants:
    read: data/plants.csv
    columns: {plant_id: int, bed: string, soil: string, species: string, height: float, width: float, tall: bool}
    key: [plant_id]
"""


def _time(moment: datetime) -> str:
    return moment.isoformat(sep=" ")


def _customers() -> list[str]:
    lines = ["customer_id,country,region,age,signed_up_at"]
    for i in range(CUSTOMERS):
        country = ("CH", "FR", "DE", "AT")[i % 4]
        region = "west" if country == "FR" else "east"
        lines.append(f"{i},{country},{region},{20 + i},{_time(START - timedelta(days=30 - i % 7))}")
    return lines


def _orders() -> list[str]:
    """An order every six hours; the late ones are dear, and known to be late two days after."""
    lines = ["order_id,customer_id,amount,placed_at,loaded_at,late,delivered_at"]
    for i in range(ORDERS):
        placed = START + timedelta(hours=6 * i)
        amount = 10 + (i * 37) % 90
        late = (amount + (i * 13) % 40) > 75
        times = [_time(placed), _time(placed + timedelta(hours=1))]
        lines.append(
            f"{i},{(i * 7) % CUSTOMERS},{amount},{times[0]},{times[1]},{late},{_time(placed + timedelta(days=2))}"
        )
    return lines


def _plants() -> list[str]:
    lines = ["plant_id,bed,soil,species,height,width,tall"]
    for i in range(120):
        width = 1 + (i * 29) % 50 / 10
        height = 2 * width + (i * 17) % 30 / 10
        species = ("moss", "fern", "reed")[min(2, int(height // 4))]
        bed, soil = "north" if i % 3 else "south", "clay" if i % 2 else "sand"
        lines.append(f"{i},{bed},{soil},{species},{height:.1f},{width:.1f},{height > 8}")
    return lines


@pytest.fixture
def shop(workshop: Any) -> Any:
    """A project with the data of the shop and the meadow."""
    made = {"customers": _customers(), "orders": _orders(), "plants": _plants()}
    workshop.write({f"data/{name}.csv": "\n".join(lines) + "\n" for name, lines in made.items()})
    return workshop


@pytest.fixture
def timed() -> str:
    """A spec up to the sources of the shop; what follows may begin with more sources."""
    return TIMED


@pytest.fixture
def untimed() -> str:
    """A spec up to the source of the meadow; what follows may begin with more sources."""
    return UNTIMED
