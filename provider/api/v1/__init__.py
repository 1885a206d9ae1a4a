"""The first generation of HyperOne's API."""
