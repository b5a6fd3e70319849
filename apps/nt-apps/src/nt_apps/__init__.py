"""The `nt` command: trainers that compose the nt packages into something to watch."""
