"""The plugin: what programs in every language of Pulumi see of this project."""
