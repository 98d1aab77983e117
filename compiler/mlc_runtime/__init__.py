"""What runs inside a step, the same on every target; light to import, and never importing the compiler."""
