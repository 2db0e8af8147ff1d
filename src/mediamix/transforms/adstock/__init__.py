"""The adstock components: one file each."""
