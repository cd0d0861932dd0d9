"""Settings of an experiment, read once and checked before anything runs."""
