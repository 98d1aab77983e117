"""Split examples into training, validation and test, for all trainings alike."""
