"""What is kept about an image on this computer: what is in it, what changed, what should not be in it."""
