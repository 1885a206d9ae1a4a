"""The type of the component in states, whichever language the program is in."""

COMPONENT = "hyperone:index:HyperOneImage"
