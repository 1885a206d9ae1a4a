"""The providers of the resources, one file each; `provider/schema/` holds what programs know of them."""
