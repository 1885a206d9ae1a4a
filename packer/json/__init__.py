"""Packer's JSON templates."""
