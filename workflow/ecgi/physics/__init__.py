"""The forward chain: eikonal, action potential, lead field, electrodes, body surface potentials."""
