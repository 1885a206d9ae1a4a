"""Statements of how images were made: in-toto, SLSA provenance, signed as DSSE envelopes with a key of the user's."""
