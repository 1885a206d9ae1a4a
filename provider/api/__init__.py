"""The HyperOne v1 API over HTTP."""
