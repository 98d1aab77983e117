"""Spec to graph: steps over relations of named fields, edges that are lookups, keys fixed once.

A step runs once for each record of its axes. An edge finds its producer's task by the fields that both
share; `over` binds axes of the producer here, as a sum binds its index. Nothing in this package grows with
the number of tasks.
"""
