"""The heart: labels, repair, checks, frames, coordinates, fibres, slices, distances along the wall."""
