"""`python -m local_cloud`: starting, stopping and asking a cloud from another process."""
