"""Why there is no engine."""


class EngineError(Exception):
    """The engine could not be found, downloaded or built; the message says what to do."""


class UnreachableError(EngineError):
    """The download server cannot be reached from here; another way may work."""
