"""What targets share that run steps in containers: layout, names, the step image, what the runtime reads, checks."""
