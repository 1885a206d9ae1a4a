"""The page about a stack: its images, how they were built, what is in them."""
