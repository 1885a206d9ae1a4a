"""What goes wrong around the engine's commands."""


class StackError(Exception):
    """A command on a stack cannot be done; the message says why and what to do, one line for each fault."""
