"""What `make up` and its like do around the engine's own command."""
