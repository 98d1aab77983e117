"""The SQL of sources: `parse_query` checks and types one SELECT, `render_query` writes it with known times."""

from mlc_compiler.expression.query.betrayal import Betrayal
from mlc_compiler.expression.query.query import Query, TableName, mentions_of, parse_query, tables_of
from mlc_compiler.expression.query.render import KnownTimes, render_query

__all__ = ["Betrayal", "KnownTimes", "Query", "TableName", "mentions_of", "parse_query", "render_query", "tables_of"]
