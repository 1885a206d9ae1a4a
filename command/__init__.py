"""Commands beside the engine: what builds left, sweeping it, bringing Packer templates over."""
