"""HTTP for both generations of the API: connections, retries, waiting, refusals."""
