"""One COCO dataset becomes several that share no image."""
