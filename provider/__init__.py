"""Dynamic resources of a HyperOne image build, and what they are made of: the API client and SSH."""
