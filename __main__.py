"""The Pulumi program: build the images that the stack's settings name."""

from pulumi_hyperone import build_stack

build_stack()
