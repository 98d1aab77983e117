"""The expression language: DuckDB SQL's operators and a catalogue of functions, parsed, typed and rendered, never run.

`parse` turns text into a small tree of frozen nodes, `infer` types it against a scope, `render` writes it as
DuckDB SQL; `query` does the same for a source's `sql`. sqlglot reads the text (`dialect`, `sql`), `tokens` bounds it
before, and `convert` takes from sqlglot's tree what the language has and names the rest: what has no conversion is an
error. sqlglot is imported with the first text that is read. A property test holds the precedence to DuckDB's own
parser, and the catalogue is held to DuckDB's binder.
"""
