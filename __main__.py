"""The Pulumi program: build the images that the stack's settings name."""

from components import build_stack

build_stack()
