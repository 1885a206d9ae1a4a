"""The first generation of the API over HTTP: paths, bodies, replies."""
