"""The commands behind `nt`, one file each; they load what they need when they run."""
