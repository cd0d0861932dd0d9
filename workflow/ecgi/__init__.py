"""Data-driven electrocardiographic imaging: physics, models and their judgement.

The modules stand on floors; each imports only from the ones above it in this list.

ground     config, store, anatomy
physics    phantom, mesh, volume, electrodes, pacing, eikonal, action_potential, dipole
learning   dataset, augmentation, models, training, inverse
judgement  metrics, evaluation, figures
"""

__version__ = "0.1.0"
