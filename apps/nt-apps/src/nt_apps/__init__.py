"""The nt command: trainers and demos that compose the nt packages."""
