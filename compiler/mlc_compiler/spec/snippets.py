"""What an editor can fill in at once: an entry of each kind, by section, with what is to be replaced marked.

`${1:text}` is the first thing to be replaced, with what stands there until it is, in the notation that editors share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class Snippet(NamedTuple):
    """An entry of a section.

    Attributes:
        label: by which it is offered.
        description: what it is, in a sentence.
        body: the entry as data.
    """

    label: str
    description: str
    body: Mapping[str, Any]


_TABLE: Final = {"key": ["${4:order_id}"], "time": "${5:placed_at}"}
_COLUMNS: Final = {"${4:order_id}": "int", "${5:placed_at}": "timestamp", "${6:amount}": "float"}
_SERVER: Final = {
    "host": "${2:db.acme.example}",
    "database": "${3:shop}",
    "user": "${4:mlc}",
    "password": "${5:shop_password}",
}

SPEC: Final[Mapping[str, tuple[Snippet, ...]]] = {
    "sources": (
        Snippet(
            "source from a file",
            "Rows of a Parquet, CSV or JSON file.",
            {"${1:orders}": {"read": "data/${2:orders}.parquet", "columns": _COLUMNS, **_TABLE}},
        ),
        Snippet(
            "source from a table",
            "Rows of a table that one of the environment's connections has.",
            {
                "${1:orders}": {
                    "read": {"connection": "${2:warehouse}", "table": "${3:public.orders}"},
                    "columns": _COLUMNS,
                    **_TABLE,
                }
            },
        ),
        Snippet(
            "source from a query",
            "What a query in the connection's own SQL gives.",
            {
                "${1:orders}": {
                    "read": {"connection": "${2:warehouse}", "query": "${3:select * from orders}"},
                    "columns": _COLUMNS,
                    **_TABLE,
                }
            },
        ),
        Snippet(
            "source of files",
            "A row for each object below a prefix.",
            {
                "${1:scans}": {
                    "read": {"connection": "${2:lake}", "files": "${3:scans/2024/}"},
                    "columns": {"${4:scan}": "file"},
                    "key": ["${4:scan}"],
                    "static": True,
                }
            },
        ),
        Snippet(
            "source by SQL",
            "Derived from other sources by one SELECT; when its rows are known follows by itself.",
            {
                "${1:spend}": {
                    "sql": "select o.order_id, o.amount, o.placed_at, c.country "
                    "from ${2:orders} o join ${3:customers} c using (customer_id)",
                    **_TABLE,
                }
            },
        ),
        Snippet(
            "source by a function",
            "Made by a Python function that returns a table.",
            {
                "${1:holidays}": {
                    "use": "${2:functions:holidays}",
                    "columns": {"${3:day}": "date", "${4:name}": "string"},
                    "key": ["${3:day}"],
                    "static": True,
                }
            },
        ),
    ),
    "features": (
        Snippet(
            "features over a window",
            "Aggregates of a source's rows in a window that ends at the moment of prediction.",
            {
                "${1:recent}": {
                    "from": "${2:orders}",
                    "join": ["${3:customer_id}"],
                    "window": "${4:90d}",
                    "columns": {"${5:spent}": "${6:sum(amount)}"},
                }
            },
        ),
        Snippet(
            "features of the latest row",
            "Columns of the latest row that was known.",
            {"${1:last}": {"from": "${2:orders}", "join": ["${3:customer_id}"], "columns": ["${4:amount}"]}},
        ),
        Snippet(
            "features of the example itself",
            "Computed from the example's columns and other groups'.",
            {"${1:clock}": {"columns": {"${2:hour}": "${3:hour(placed_at)}"}}},
        ),
        Snippet(
            "features by a function",
            "Made by a Python function, row by row.",
            {
                "${1:text}": {
                    "use": "${2:functions:lengths}",
                    "inputs": {"${3:text}": "${4:subject}"},
                    "columns": {"${5:length}": "int"},
                }
            },
        ),
    ),
    "examples": (
        Snippet(
            "examples: one for each row",
            "Each row of a source, at its own time, with a label read from it.",
            {
                "${1:orders}": {
                    "from": "${2:orders}",
                    "label": "${3:returned}",
                    "split": {"by": "time", "test": "${4:30d}", "validation": "${5:30d}"},
                }
            },
        ),
        Snippet(
            "examples at regular moments",
            "Each entity at regular moments, labelled by what happens in a window after each.",
            {
                "${1:active_customers}": {
                    "from": "${2:customers}",
                    "at": {"every": "${3:7d}", "from": "${4:2024-01-01}"},
                    "label": {
                        "from": "${5:orders}",
                        "join": ["${6:customer_id}"],
                        "window": "${7:0d..30d}",
                        "value": "${8:count(*) = 0}",
                    },
                    "split": {"by": "time", "test": "${9:56d}", "validation": "${10:28d}"},
                }
            },
        ),
    ),
    "training": (
        Snippet(
            "training",
            "A model with its defaults.",
            {
                "${1:baseline}": {
                    "examples": "${2:orders}",
                    "features": ["${3:recent}"],
                    "model": "${4:sklearn.linear_model.LogisticRegression}",
                    "metrics": ["${5:roc_auc}"],
                }
            },
        ),
        Snippet(
            "training over a grid",
            "A model chosen among settings.",
            {
                "${1:best}": {
                    "examples": "${2:orders}",
                    "features": ["${3:recent}"],
                    "model": "${4:sklearn.ensemble.HistGradientBoostingClassifier}",
                    "grid": {"${5:learning_rate}": [0.03, 0.1, 0.3], "${6:max_leaf_nodes}": [15, 31, 63]},
                    "metrics": ["${7:roc_auc}", "${8:brier}"],
                    "select": {"maximize": "${7:roc_auc}"},
                }
            },
        ),
        Snippet(
            "training for each value of a column",
            "A model for each value, with one that stands in for the others.",
            {
                "${1:by_country}": {
                    "examples": "${2:orders}",
                    "features": ["${3:recent}"],
                    "each": "${4:country}",
                    "fallback": "${5:baseline}",
                    "min_rows": 100,
                    "model": "${6:sklearn.linear_model.LogisticRegression}",
                    "metrics": ["${7:roc_auc}"],
                }
            },
        ),
    ),
    "serving": (
        Snippet(
            "serving on request",
            "Answers requests with the live model.",
            {"${1:api}": {"model": "${2:baseline}", "mode": "online"}},
        ),
        Snippet(
            "serving in bulk",
            "Writes predictions to a file.",
            {"${1:scores}": {"model": "${2:baseline}", "mode": "batch", "write": "${3:build/scores.parquet}"}},
        ),
        Snippet(
            "serving in bulk, to a table",
            "Writes predictions to a table of one of the environment's connections.",
            {
                "${1:scores}": {
                    "model": "${2:baseline}",
                    "mode": "batch",
                    "write": {"connection": "${3:crm_db}", "table": "${4:scores.orders}"},
                }
            },
        ),
    ),
    "experiments": (
        Snippet(
            "experiment",
            "Two arms, and what decides between them.",
            {
                "${1:new_model}": {
                    "service": "${2:api}",
                    "unit": "${3:customer_id}",
                    "arms": {
                        "control": {"share": "50%", "model": "${4:baseline}"},
                        "treatment": {"share": "50%"},
                    },
                    "outcome": {"metric": "${5:brier}", "better": "${6:lower}"},
                    "detect": "${7:5%}",
                    "daily_units": 1000,
                    "baseline": {"mean": 0.2, "std": 0.2},
                }
            },
        ),
    ),
    "steps": (
        Snippet(
            "step: a function",
            "A Python function with declared outputs.",
            {
                "${1:drift}": {
                    "use": "${2:functions:drift}",
                    "inputs": {"${3:now}": "sources.${4:orders}"},
                    "outputs": {"${5:psi}": "float"},
                }
            },
        ),
        Snippet(
            "step: a container",
            "Any image: it finds its inputs as files, and leaves its outputs as files.",
            {
                "${1:report}": {
                    "container": {"image": "${2:ghcr.io/acme/report:1.4}", "command": ["${3:report}"]},
                    "inputs": {"${4:now}": "sources.${5:orders}"},
                    "outputs": {"${6:page}": "file"},
                }
            },
        ),
        Snippet(
            "step: a person's yes",
            "What follows waits until a person has answered.",
            {"${1:go_live}": {"approve": {"message": "${2:Go live?}", "timeout": "${3:2d}"}}},
        ),
    ),
    "parameters": (
        Snippet(
            "parameter",
            "A number set for a run, read as `$name`.",
            {"${1:cost}": {"type": "float", "default": 12.5, "min": 0}},
        ),
    ),
}
"""Entries of a spec."""

ENVIRONMENT: Final[Mapping[str, tuple[Snippet, ...]]] = {
    "connections": (
        Snippet(
            "connection: a folder",
            "A folder of files, one for each table, that stands in for a warehouse.",
            {"${1:warehouse}": {"type": "folder", "path": "${2:data}"}},
        ),
        Snippet(
            "connection: DuckDB",
            "A DuckDB database.",
            {"${1:warehouse}": {"type": "duckdb", "path": "${2:warehouse.duckdb}"}},
        ),
        Snippet("connection: S3", "A bucket.", {"${1:lake}": {"type": "s3", "bucket": "${2:acme-lake}"}}),
        Snippet("connection: Postgres", "A PostgreSQL server.", {"${1:shop}": {"type": "postgres", **_SERVER}}),
        Snippet("connection: MySQL", "A MySQL or MariaDB server.", {"${1:shop}": {"type": "mysql", **_SERVER}}),
        Snippet("connection: Redshift", "An Amazon Redshift cluster.", {"${1:shop}": {"type": "redshift", **_SERVER}}),
        Snippet(
            "connection: Snowflake",
            "A Snowflake account.",
            {
                "${1:shop}": {
                    "type": "snowflake",
                    "account": "${2:acme-eu1}",
                    "user": "${3:MLC}",
                    "password": "${4:snow_password}",
                    "warehouse": "${5:ML_WH}",
                    "database": "${6:SHOP}",
                }
            },
        ),
    ),
    "secrets": (
        Snippet(
            "secret: an environment variable",
            "Found in the environment of the process.",
            {"${1:shop_password}": {"env": "${2:SHOP_PASSWORD}"}},
        ),
        Snippet(
            "secret of Kubernetes",
            "A key of a Kubernetes secret.",
            {"${1:shop_password}": {"kubernetes": {"secret": "${2:warehouse}", "key": "${3:password}"}}},
        ),
        Snippet(
            "secret of AWS",
            "A secret of AWS Secrets Manager.",
            {"${1:shop_password}": {"aws": "${2:arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop}"}},
        ),
    ),
    "pools": (
        Snippet(
            "pool",
            "A kind of machine.",
            {"${1:large}": {"cpu": 16, "memory": "${2:64Gi}"}},
        ),
        Snippet(
            "pool with GPUs",
            "Machines with a GPU, which may be taken away.",
            {"${1:gpu}": {"gpu": 1, "spot": True}},
        ),
    ),
}
"""Entries of an environment."""
