"""The expression language: DuckDB SQL's operators and a catalogue of functions, parsed, typed and rendered, never run.

`parse` turns text into a small tree of frozen nodes, `infer` types it against a scope, `render` writes it as
DuckDB SQL; `query` does the same for a source's `sql`. Texts are read by a precedence parser of our own: every operand
keeps its exact span for diagnostics, depth and length are bounded, and validating a spec imports no SQL library.
A property test holds its precedence to DuckDB's own parser, and the catalogue is held to DuckDB's binder.
"""
