"""From composites to files; one file a format."""
