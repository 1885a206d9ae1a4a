"""What a program knows of the resources: their inputs, their outputs, and the names of their providers."""
