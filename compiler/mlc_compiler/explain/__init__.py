"""What the compiler did and what it will cost, in the user's own names.

Everything here is arithmetic on graphs: nothing is enumerated, and no pass is asked what it did.
"""
