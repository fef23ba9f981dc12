"""Mask R-CNN of mmdet on a part of real COCO, with and without composed images."""
