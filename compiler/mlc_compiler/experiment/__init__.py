"""What an experiment's analysis says: in words, as a table, as a page with pictures."""
