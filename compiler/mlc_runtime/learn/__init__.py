"""What the machine-learning operations share: frames, predictions, metrics, and the models that outlive a run."""
