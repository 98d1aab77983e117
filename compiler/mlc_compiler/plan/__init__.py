"""Graph to plan: what every target runs, and what certifies that it fits."""
