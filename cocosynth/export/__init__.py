"""Exporters: the formats a dataset is written in; one file each."""
