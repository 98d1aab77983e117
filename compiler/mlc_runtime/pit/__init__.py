"""Point-in-time lookups: what was known of other rows at the moment of each example.

A source row takes part in an expression for an interval of `$at`: from the moment when it is known and inside the
window until it leaves the window. `line` lays all examples out on one line, so that such an interval becomes a span of
positions and the question becomes one of stabbing: which spans cover this position? Every aggregate is then
one of four ways to answer: a running total (`sweep`, `exact`), the k-th row in some order (`kth`), the most frequent
value (`frequent`), or the listing of all pairs (`candidates`), which costs what its output costs. All are exact, so
that a value depends on the rows that take part and on nothing else: neither on other examples nor on other rows.
"""
