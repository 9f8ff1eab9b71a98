"""The command line: `pecmae COMMAND` or `python -m pecmae COMMAND`.

Each command is a module of this package with `add_parser(subparsers)`, which sets the function to call as the parser's
`run_command`. Heavy imports happen inside that function, so that `--help` answers at once.
"""

import argparse
import sys
from importlib import import_module

from pecmae.errors import PecmaeError

COMMANDS = (
    "explain",
    "render",
    "pretrain",
    "build",
    "train",
    "sonify",
    "map",
    "evaluate",
    "push",
    "examples",
    "counterfactuals",
    "convert-weights",
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status, 2 for an error that the user can mend."""
    parser = argparse.ArgumentParser(prog="pecmae", description="Hear how a prototype-based music classifier decides.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        import_module(f"pecmae.cli.{command.replace('-', '_')}").add_parser(subparsers)
    parsed = parser.parse_args(arguments)
    try:
        parsed.run_command(parsed)
    except PecmaeError as error:
        print(f"pecmae: {error.message}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("pecmae: interrupted; run the same command again to go on.", file=sys.stderr)
        return 130
    return 0
