"""What the cloud remembers: records, where they are kept, and what it comes with."""
