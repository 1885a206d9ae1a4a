"""Faults on demand and the log of calls, for the tests of clients."""
