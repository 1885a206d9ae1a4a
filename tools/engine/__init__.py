"""Find, download or build the Pulumi engine."""
