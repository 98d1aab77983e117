"""What targets check alike that run steps in containers: one kind of thing a file."""
