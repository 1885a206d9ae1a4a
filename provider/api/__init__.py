"""HyperOne's API over HTTP: `Cloud`, what it holds (records) and what can be made (specs)."""
