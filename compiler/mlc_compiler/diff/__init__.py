"""What a change of a spec means: which tasks get new keys, why, and who outside the pipeline will notice.

Everything here compares two compiled specs symbolically: it costs what the specs cost and not what they fan out to, and
it runs nothing.
"""
