"""A root file system built on a second disk: find it, mount it, work inside, always unmount it."""
