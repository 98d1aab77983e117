"""The expression language: DuckDB SQL's operators and a catalogue of functions, parsed, typed and rendered, never run.

`parse` turns text into a small tree of frozen nodes, `infer` types it against a scope, `render` writes it as
DuckDB SQL. Expressions are read by a precedence parser of our own rather than by sqlglot: every operand keeps
its exact span for diagnostics, depth and length are bounded, and validating a spec does not pay for importing
sqlglot (about twice pydantic's import). Tests hold the parser to DuckDB's own and to sqlglot's. Only a source's
`sql` (`query`) is read with sqlglot.
"""
