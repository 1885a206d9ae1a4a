"""Chroots on a real virtual machine; the package has one machine, which goes when its last test has run."""
