"""The command line: `pecmae COMMAND` or `python -m pecmae COMMAND`.

Each command is the function `run` of a module of this package; its docstring is the command's help text. Heavy imports
happen inside the function, so that `--help` answers immediately.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

import typer

from pecmae.errors import PecmaeError

COMMANDS = (
    "explain",
    "render",
    "pretrain",
    "validate",
    "build",
    "train",
    "sonify",
    "map",
    "evaluate",
    "push",
    "examples",
    "counterfactuals",
    "convert-weights",
    "datasets",
    "fetch",
    "tags",
)
ERROR, INTERRUPTED = 2, 130


def create_application() -> typer.Typer:
    """Assemble the commands."""
    application = typer.Typer(
        help="Hear how a prototype-based music classifier decides.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for command in COMMANDS:
        module = import_module(f"pecmae.cli.{command.replace('-', '_')}")
        application.command(command)(module.run)
    return application


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The words after `pecmae`, by default those of the process.

    Returns:
        The exit status: 0, 2 for an error that the user can correct, or 130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        status = create_application()(words or ["--help"], prog_name="pecmae", standalone_mode=False)
    except (PecmaeError, typer.TyperException) as error:
        message = error.message if isinstance(error, PecmaeError) else error.format_message()
        print(f"pecmae: {message}", file=sys.stderr)
        return ERROR
    if status == INTERRUPTED:
        print("pecmae: interrupted; run the same command again to continue.", file=sys.stderr)
    return status or 0
