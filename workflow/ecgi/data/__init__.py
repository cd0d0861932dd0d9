"""Preparation of data for models: splits, normalisation, inputs, blended beats and recorded beats."""
