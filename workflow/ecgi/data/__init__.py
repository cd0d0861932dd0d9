"""Samples for the models: split, normalisation, inputs, blended beats; preparation of recorded beats."""
