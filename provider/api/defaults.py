"""Services that are used where none is named."""

DEFAULT_ADAPTER_SERVICE = "public"
DEFAULT_IMAGE_SERVICE = "564639bc052c084e2f2e3266"
"""Id of HyperOne's image service (API facts 2.3)."""
