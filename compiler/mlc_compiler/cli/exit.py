"""Exit codes, the same for every command."""

DONE = 0
WRONG_SPEC = 1
WRONG_USAGE = 2
RUN_FAILED = 3
UNREACHABLE = 4
DIFFERENT = 5
INTERRUPTED = 130
