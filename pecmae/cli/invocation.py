"""The command that is running, as words to publish: what was typed, with defaults written out."""

from pathlib import Path

import typer


def command_words(context: typer.Context, **resolved: object) -> list[str | Path]:
    """Write out the running command.

    A folder is part of the result only if it was given, because a default folder is a path of this machine.

    Args:
        context: The context of the running command.
        resolved: Values that replace what was typed or not typed, by parameter.

    Returns:
        The words of a command that does the same, paths as `Path`.
    """
    words: list[str | Path] = ["python", "-m", "pecmae", str(context.info_name)]
    for parameter in context.command.params:
        name = str(parameter.name)
        value = resolved.get(name, context.params[name])
        if isinstance(value, Path) and name not in resolved and _is_default(context, name):
            continue
        for item in value if isinstance(value, list | tuple) else [value]:
            if item is None or item is False:
                continue
            words += parameter.opts[:1] if parameter.param_type_name == "option" else []
            words += [] if item is True else [item if isinstance(item, Path) else _shown(item)]
    return words


def _is_default(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "DEFAULT"


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
