"""The kinds of machine that the local cloud can start."""
