"""Any COCO dataset, not only ours: rules, statistics, a contact sheet."""
