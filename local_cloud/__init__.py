"""An embedded HyperOne: the v1 API on loopback, with real machines behind it."""
