"""The rule of time: what an example reads is known at its moment, proved before anything runs.

Known times are `terms`, compared by an `order` that a source's checks refine (`guarantees`). `prove` holds each
example's own row against its `moment`, `lookups` finds windows in which nothing can be known, `untimed` keeps the
label of a table without time out of its features, `label` says when the truth is known, `split` holds the parts
against that, and `query` derives the known times of a source from those that its SQL reads. `check_time` puts the
proofs together.
"""
