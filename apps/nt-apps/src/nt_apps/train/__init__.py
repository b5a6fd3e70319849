"""Trainers, one file a model, over the small parts that they share."""
