"""Why there is no engine."""


class EngineError(Exception):
    """The engine could not be found, downloaded or built; the message says what to do."""


class UnavailableError(EngineError):
    """The official download cannot be had or cannot be checked; another way may work."""
