"""Packer's HCL2 templates: reading, evaluating, and finding the builds in them."""
