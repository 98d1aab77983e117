"""The typed model of the two documents: the spec (what) and the environment (where).

One module a section. `load.py` turns a document's plain data into a model and everything that is wrong with its
shape into diagnostics; what takes more than one entry to judge (references, types, time) is the business of
`mlc_compiler.check`.
"""
