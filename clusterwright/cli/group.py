"""How the command line answers: what a user did wrong is a message and an exit code, never a traceback."""

from __future__ import annotations

import errno
import io
import sys
from typing import Any

import click

from clusterwright.errors import ClusterwrightError, from_system


class Commands(click.Group):
    """The one place where a user's mistake becomes a message and an exit code."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # what a terminal can't show must not end the message
                stream.reconfigure(errors="backslashreplace")
        return super().main(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ClusterwrightError as error:
            click.echo(_shown_text(error), err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:  # click itself would end with 1, as after a failure
            ctx.exit(130)
        except OSError as error:
            if error.errno == errno.EPIPE:  # `clusterwright logs | head`: click ends quietly
                raise
            click.echo(_shown_text(from_system(error)), err=True)
            ctx.exit(ClusterwrightError.exit_code)


class Submit(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(
                f"{error.format_message()} If it is one of your own program, put `--` before the program: "
                "submit NAME --source DIR -- train.py --steps 100",
                ctx,
            ) from None


def _shown_text(error: ClusterwrightError) -> str:
    """The message; what a terminal would obey is escaped, as it may quote a name or an answer from elsewhere."""
    from clusterwright.spec.base import printable

    return "\n".join(map(printable, str(error).split("\n")))
