"""Make synthetic COCO datasets by image composition."""

__version__ = "0.1.0"
