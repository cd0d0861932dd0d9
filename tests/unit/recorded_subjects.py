"""Settings of a subject with a heart and a recording of its own."""

RECORDED = {"bsp": "bsp.csv", "units": "mV", "sampling_hz": 1000}
OWN = {
    "case": "patient7",
    "segmentation": "heart.nii.gz",
    "labels": {"lv_wall": [1], "lv_cavity": [2]},
    "electrodes": "electrodes.csv",
    **RECORDED,
}
