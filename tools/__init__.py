"""Set-up, engine and stack commands behind the Makefile."""
