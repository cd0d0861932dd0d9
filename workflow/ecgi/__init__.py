"""Data-driven electrocardiographic imaging: physics, models and their judgement.

The modules stand on floors; a floor imports only from itself and from those above it in this list.

ground     errors, seeds, logs, device, settings, config, cases, grid, store, anatomy, volume, mesh, surfaces
physics    phantom, electrodes, pacing, fibres, eikonal, paths, anisotropic, action_potential, repolarisation,
           dipole, forward, measurement, simulation
learning   dataset, augmentation, models, stepping, training, inverse
judgement  metrics, evaluation, figures
"""

__version__ = "0.1.0"
