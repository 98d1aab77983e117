"""Checking: everything that can be known without data and without running code, found all at once.

Facts are gathered section by section, in the order in which one section reads another; each file adds the findings
about its own part. What was wrong is left out of the facts, so that one cause gives one finding.
"""
