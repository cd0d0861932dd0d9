"""Delineation of recorded beats: spikes, hum, beats, onset and end of the QRS complex, baseline."""
