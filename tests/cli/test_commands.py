"""The command line itself: help, errors, Ctrl-C, and the command that provenance quotes."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
import typer

from pecmae.cli import COMMANDS, convert_weights, main
from pecmae.cli.invocation import command_words
from pecmae.cli.options import AnyBundle, Lambda
from pecmae.cli.progress import ProgressLine, duration
from pecmae.training.build_progress import BuildProgress


@pytest.mark.slow
def test_help_loads_no_model_library() -> None:
    program = (
        "import sys; from pecmae.cli import COMMANDS, main; "
        "assert [main([]), *(main([name, '--help']) for name in COMMANDS)] == [0] * (1 + len(COMMANDS)); "
        "sys.exit(any(name in sys.modules for name in ('torch', 'gradio', 'sklearn', 'huggingface_hub')))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert all(f"\n  {name} " in answer.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["explain", "missing.mp3"], "There is no file 'missing.mp3'"),
        (["nonsense"], "No such command 'nonsense'"),
        (["sonify"], "Missing argument 'bundle'"),
        (["sonify", "tiny", "--seeds", "0"], "greater than or equal to 1"),
        (["render", "birdsong", "--out", "x"], "'birdsong' is not one of 'genres'"),
        (["convert-weights", "compact"], "'compact' can't be converted"),
    ],
)
def test_errors_are_one_sentence(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("pecmae: ")
    assert sentence in printed.err
    assert (printed.err.count("\n"), printed.out) == (1, "")


def test_an_interrupted_command_says_how_to_continue(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(convert_weights, "run", run)
    assert main(["convert-weights"]) == 130
    assert capsys.readouterr().err == "pecmae: interrupted; run the same command again to continue.\n"


def words_of(arguments: list[str], **resolved: object) -> list[str | Path]:
    application, found = typer.Typer(add_completion=False), list[list[str | Path]]()

    @application.command("measure")
    def run(
        context: typer.Context,
        bundle: AnyBundle,
        models: Path = Path("/here/models"),
        dataset: Annotated[list[Path] | None, typer.Option()] = None,
        classification_weight: Lambda = None,
        steps: int | None = None,
        seed: int = 0,
        adaptor: Annotated[bool, typer.Option("--adaptor")] = False,
    ) -> None:
        found.append(command_words(context, **resolved))

    application(arguments, prog_name="measure", standalone_mode=False)
    return found[0]


def test_the_command_is_what_was_typed_with_defaults_written_out() -> None:
    assert words_of(["tiny"]) == ["python", "-m", "pecmae", "measure", "tiny", "--seed", "0"]
    given = ["tiny", "--dataset", "a", "--dataset", "b", "--adaptor", "--lambda", "0.50", "--models", "there"]
    written = ["tiny", "--models", Path("there"), "--dataset", Path("a"), "--dataset", Path("b"), "--lambda", "0.5"]
    assert words_of(given, steps=40)[4:] == [*written, "--steps", "40", "--seed", "0", "--adaptor"]


def test_resolved_values_replace_what_was_typed() -> None:
    assert words_of(["/home/ann/tiny", "--seed", "3"], bundle="tiny")[4:] == ["tiny", "--seed", "3"]


def test_progress_is_a_line_per_stage_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show = ProgressLine()
    for done in range(3):
        show(BuildProgress("embed", done, 2, 90.0 * (2 - done)))
    show(BuildProgress("map", 0, 1, None))
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["computing embeddings of the tracks 0 of 2, about 3 min left in all", "computing the map"]
    assert show.n_reports == 4


def test_durations_are_rounded_for_people() -> None:
    assert [duration(s) for s in (0.2, 20, 89, 90, 5399, 5400)] == ["1 s", "20 s", "89 s", "2 min", "90 min", "1.5 h"]
