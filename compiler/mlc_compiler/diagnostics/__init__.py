"""Findings: what is wrong, where, why it matters, how to mend it; their codes, pages and renderings."""
