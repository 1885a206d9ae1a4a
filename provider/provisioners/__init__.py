"""What runs on the machine: typed provisioners as Packer has them, their content for the fingerprint, and the run."""
