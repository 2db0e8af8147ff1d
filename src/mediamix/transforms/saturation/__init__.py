"""The saturation components: one file each."""
