"""Point-in-time lookups: what was known of other rows at the moment of each example.

A source row takes part in an expression for an interval of `$at`: from the moment when it is known and inside the
window until it leaves the window. `line` lays all examples out on one line, key after key, so that such an interval
becomes a span of positions and a lookup a question of stabbing: which spans cover this position? An expression is
answered in one of four ways:

- a running total over the ends of the spans (`sweep`, in the whole numbers of `exact`): `additive`, `moments`;
- the k-th row in some order (`kth`): `picked`, `quantile`, and the latest row;
- a count of each value along the line (`frequent`): the mode;
- all pairs of position and row (`listed`), which costs what they are many: lists, and whatever reads `$at` in the row.

All are exact or round once. So a value depends on the rows that take part and on nothing else, neither on the other
examples nor on rows outside the window, and one example asked for alone gets the bits it has in a table of all.
"""
