"""Builds the Parquet file beside it from the Gapminder table of the package `bokeh-sampledata`.

    pip install bokeh-sampledata==2026.1 pyarrow
    python make.py

The same version in and the same version of pyarrow give the same bytes out.
"""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from bokeh_sampledata.gapminder import data

SCHEMA = pa.schema(
    {
        "country": pa.string(),
        "region": pa.string(),
        "year": pa.date32(),
        "life_expectancy": pa.float64(),
        "fertility": pa.float64(),
        "population": pa.int64(),
    }
)


def main() -> None:
    """Keep the countries of which all three numbers are known in every year; a year is dated by its last day."""
    counts = data.groupby("country")[["life_expectancy", "fertility", "population"]].count()
    whole = counts.index[(counts == data["year"].nunique()).all(axis=1)]
    kept = data[data["country"].isin(whole)].sort_values(["country", "year"])
    kept = kept.assign(year=pd.to_datetime(kept["year"].astype(str) + "-12-31").dt.date)
    table = pa.Table.from_pandas(kept[SCHEMA.names], SCHEMA, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(None), Path(__file__).with_name("gapminder.parquet"))


if __name__ == "__main__":
    main()
