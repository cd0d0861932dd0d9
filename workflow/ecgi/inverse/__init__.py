"""Inverse methods: from BSP to an ensemble of activation maps.

Every method is fitted on training beats and then has

    predict(bsp, grid, electrodes, lead_field, samples, seed)

bsp : (beat, electrode, sample) in mV; grid : `slicing.MapGrid`; electrodes : (electrode, 3) in mm;
lead_field : (voxel, electrode) or None for methods that do not use it; samples : int, maps per beat;
seed : int. It returns maps (sample, beat, slice, y, x) in ms; a method without randomness gives one
sample. A method refuses hearts and electrode layouts that it can't take.

Methods that are not fitted and take any heart are in `physics`.
"""
