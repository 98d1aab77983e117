"""Experiments: who meets which arm, what is logged of it, and what can be concluded from it.

`assignment` and `allocation` divide units between arms, `control` keeps in the store what was decided, `exposure` is
the log of what was shown. `boundary`, `estimate`, `effect`, `mismatch`, `power` and `correction` are the methods, each
a pure function of numbers that is held to what it promises by simulation; `analysis` puts them together.
"""
