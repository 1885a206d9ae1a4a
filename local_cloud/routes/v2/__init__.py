"""The second generation of the API: `/v2`, over the same objects as `/v1`."""
