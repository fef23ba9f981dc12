"""The format: records, masks, run lengths, polygons, and the layout of a dataset on disk."""
