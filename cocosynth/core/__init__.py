"""The values that travel, and the ground that every room stands on; knows nothing of COCO."""
