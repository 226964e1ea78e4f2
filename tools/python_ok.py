"""Say in one message what is wrong with the Python that is to make the environment; silent when all is well.

Runs before anything is installed and possibly on an old interpreter: standard library only, and no newer syntax.
"""

import sys

WANTED = (3, 11)

if sys.version_info < WANTED:
    sys.exit(
        "error: Clusterwright needs Python {}.{} or newer, and this is {}.{} ({})\n"
        "hint: install a newer one and name it: make PYTHON=python3.12 ...".format(
            *(WANTED + tuple(sys.version_info[:2]) + (sys.executable,))
        )
    )

try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError as missing:
    sys.exit(
        "error: {} cannot make virtual environments: {}\n"
        "hint: on Debian and Ubuntu: sudo apt-get install python{}.{}-venv".format(
            sys.executable, missing, *sys.version_info[:2]
        )
    )
