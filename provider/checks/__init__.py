"""What the API is asked before anything is created."""
