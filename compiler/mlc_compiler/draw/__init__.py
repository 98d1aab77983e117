"""Pictures of graphs: one description, and a file for each form that it is written in."""
