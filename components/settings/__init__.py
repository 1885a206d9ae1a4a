"""Settings of images: typed, weakly decoded, all faults together."""
