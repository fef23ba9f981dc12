"""Instances: cut out of photographs, kept in a bank, warped into the canvas."""
