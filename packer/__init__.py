"""Brings Packer templates over: JSON and HCL2 in, images in Packer's own option names out."""
