"""Pulumi components: what a user's program is written with."""
