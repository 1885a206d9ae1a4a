"""What runs on a machine: provisioners, typed and fingerprinted."""
