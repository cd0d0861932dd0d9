"""Training of a model: the compiled loop, and the trainer that can resume."""
