"""What a call does, whichever generation of the API it comes through: both answer by their own context."""
