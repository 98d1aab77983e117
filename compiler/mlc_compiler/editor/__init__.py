"""What an editor asks about a spec: names to go to, to complete and to rename, and what each of them is.

Pure functions from a `View` and a point of its text; `server` speaks the protocol around them.
"""
