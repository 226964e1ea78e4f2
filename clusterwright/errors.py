"""The base of every error that a user can mend."""


class ClusterwrightError(Exception):
    """Something that the user can mend: `str()` is the whole message, ready to print.

    The command line prints it to stderr and exits with `exit_code`; it never shows a traceback for one.
    """

    exit_code = 2


def from_system(error: OSError) -> ClusterwrightError:
    """What the operating system refused, as a message: a full disk, a folder that can't be written, a missing file."""
    where = error.filename2 or error.filename
    return ClusterwrightError(
        f"error: {error.strerror or error}{f': {where}' if where else ''}\n"
        "  why: the operating system refused it\n"
        "  hint: check that the folder is there and yours, and that its disk is not full (df -h)"
    )
