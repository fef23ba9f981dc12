"""Experiments on what composed images are good for."""
