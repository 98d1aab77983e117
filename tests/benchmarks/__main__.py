"""`hatch run bench`: every benchmark, or those named."""

from __future__ import annotations

import sys
from importlib import import_module

BENCHMARKS = ("start", "reading", "windows", "tasks")

for name in sys.argv[1:] or BENCHMARKS:
    print(f"== {name}")
    import_module(f"tests.benchmarks.{name}").main()
