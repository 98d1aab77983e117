"""What the free steps share: a function, a container or a person, with declared inputs and outputs."""
