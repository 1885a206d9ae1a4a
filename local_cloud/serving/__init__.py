"""The doors of the cloud: the HTTP server, what every request passes first, and the SSH login."""
