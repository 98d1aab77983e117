"""Where artifacts live: a folder now, an object store behind the same interface."""
