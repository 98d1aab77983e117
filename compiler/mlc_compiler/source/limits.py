"""What a document may hold at most, so that a stranger's file costs bounded time and memory.

A spec of forty lines drives 20,000 tasks; these bounds lie far above what anyone writes by hand.
"""

MAX_BYTES = 4 * 1024 * 1024
"""Size of a file."""

MAX_DEPTH = 64
"""Mappings and lists inside one another."""

MAX_VALUES = 500_000
"""Keys and values, each alias counted as all that it stands for."""

MAX_DIGITS = 400
"""Characters of a number; beyond, it does not fit 64 bits whatever its form."""

MAX_PROBLEMS = 100
"""Problems of one text that are reported; whoever has more mends these first."""
