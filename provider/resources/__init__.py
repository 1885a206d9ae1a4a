"""The providers of the resources, one file each, and what they share; `provider/schema/` is what programs know."""
