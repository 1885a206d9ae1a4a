"""The resources: one file each, and what only they share."""
