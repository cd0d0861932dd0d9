"""Readers and writers: images, volumes, meshes, recordings, lead fields and Zarr stores."""
