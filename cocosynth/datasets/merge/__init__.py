"""Several COCO datasets become one file to train on."""
