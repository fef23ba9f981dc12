"""What the configuration names: COCO files, folders, licences."""
