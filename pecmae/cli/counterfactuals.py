"""`pecmae counterfactuals BUNDLE`: classify pieces that are played by other genres' bands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pecmae.cli import options
from pecmae.cli.invocation import command_words
from pecmae.paths import ASSETS, MODELS

if TYPE_CHECKING:
    from pecmae.evaluation.time_shuffling import TimeResult
    from pecmae.explain.counterfactuals import CounterfactualSet
    from pecmae.training.counterfactual_baking import Answer, Following


def run(
    context: typer.Context,
    bundle: options.AnyBundle,
    models: options.ModelsFolder = MODELS,
    dataset: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Shuffle time in the test tracks of this dataset too.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder of the pieces and the answers.", show_default="assets/counterfactuals")
    ] = ASSETS / "counterfactuals",
) -> None:
    """Classify pieces that are played by another genre's band.

    Renders scores of each genre with the orchestration and production of each genre, unless they are there already, and
    classifies them with the bundle. Measures whether the model follows the instruments or the composition, and how
    often its answer changes when time is shuffled.
    """
    from tqdm import tqdm

    from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
    from pecmae.datasets.dataset import load_dataset
    from pecmae.evaluation.provenance import describe_run
    from pecmae.evaluation.time_shuffling import classifier_of, held_out_segments, measure_time
    from pecmae.rendering import require_extra
    from pecmae.rendering.finished_set import load_finished_set
    from pecmae.training.counterfactual_baking import classify_set, composed_segments, measure_following, store_answers

    loaded = load_bundle(locate_bundle(bundle, models))
    autoencoder = load_autoencoder_of(loaded, models)
    class_ids = loaded.manifest.class_ids
    counterfactuals = load_finished_set(out)
    if counterfactuals is None:
        require_extra()
        from pecmae.rendering.counterfactual_rendering import render_set

        with tqdm(desc="rendering", unit="sound") as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            counterfactuals = render_set(out, show)
    answers = classify_set(
        counterfactuals, out, loaded, autoencoder, lambda files: tqdm(files, desc="classifying", unit="sound")
    )
    following = measure_following(counterfactuals, answers, class_ids)
    classify = classifier_of(loaded, autoencoder)
    time = {"pieces": measure_time(composed_segments(counterfactuals, out, class_ids), classify)}
    if dataset is not None:
        time["held_out"] = measure_time(held_out_segments(load_dataset(dataset), class_ids), classify)
    provenance = describe_run(command_words(context, bundle=loaded.manifest.name), "cpu")
    path = store_answers(out, counterfactuals, loaded, answers, following, time, provenance)
    _print_table(counterfactuals, answers)
    _print_measures(following, time)
    print(f"Wrote {path}.")


def _print_table(counterfactuals: "CounterfactualSet", answers: "dict[str, Answer]") -> None:
    """Print a table with compositions in rows and bands in columns; every clip of a cell is a letter."""
    pieces, classes = counterfactuals.piece_by_id, counterfactuals.classes
    cells: dict[tuple[str, str], str] = {}
    for clip in counterfactuals.clips:
        score, band = pieces[clip.score].class_id, pieces[clip.band].class_id
        said = answers[clip.audio_file].class_id
        mark = "=" if said == score == band else "I" if said == band else "C" if said == score else "."
        cells[score, band] = cells.get((score, band), "") + mark
    width = max(counterfactuals.n_sets, 5) + 1
    print("Compositions in rows, instruments in columns. I: the model named the genre of the instruments,")
    print("C: of the composition, =: of both, .: of neither.")
    print(f"{'':<12}" + "".join(f"{name[: width - 1]:>{width}}" for name in classes))
    for score in classes:
        print(f"{score:<12}" + "".join(f"{cells.get((score, band), ''):>{width}}" for band in classes))


def _print_measures(following: "Following", time: "dict[str, TimeResult]") -> None:
    from pecmae.evaluation.time_shuffling import time_sentence
    from pecmae.training.counterfactual_baking import following_sentence

    rows = {
        "named the instruments' genre": following.band,
        "named the composition's genre": following.score,
        "named neither": following.neither,
        "mean score of the instruments' genre": following.band_probability,
        "mean score of the composition's genre": following.score_probability,
        "as composed: named its genre": following.as_composed,
    }
    for name, interval in rows.items():
        print(f"{name:<40} {interval.value:6.1%}  ({interval.low:.1%} to {interval.high:.1%})")
    print(f"{'chance for either':<40} {following.chance:6.1%}")
    for name, result in time.items():
        print(f"\nTime shuffled, {result.n_segments} segments of {result.n_tracks} tracks ({name.replace('_', ' ')}):")
        print(f"  untouched: {result.right:.1%} right")
        for item in result.blocks:
            print(
                f"  blocks of {item.block_ms:g} ms: {item.kept.value:.1%} keep their class "
                f"({item.kept.low:.1%} to {item.kept.high:.1%}), {item.right:.1%} right"
            )
        if result.neighbours is not None:
            interval = result.neighbours
            print(f"  neighbours agree: {interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})")
    print(f"\n{following_sentence(following)}\n{time_sentence(time.get('held_out', time['pieces']))}")
