"""Any COCO dataset in other formats: read, named, staged and written."""
