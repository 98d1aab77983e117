"""The local target: a plan run by worker processes on this machine."""
