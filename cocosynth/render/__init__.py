"""From a scene and pixels to a composite; draws no number, changes no label."""
