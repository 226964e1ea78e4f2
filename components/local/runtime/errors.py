"""What the runtime refuses or could not do, in words for the user."""


class LocalError(Exception):
    """One message that says what, where, why and what to do next; the engine shows it as it is."""
