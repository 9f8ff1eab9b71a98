"""`pecmae counterfactuals BUNDLE`: pieces played by other genres' bands, and what a bundle says of them."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pecmae.paths import ASSETS, MODELS

if TYPE_CHECKING:
    from pecmae.evaluation.time_shuffling import TimeResult
    from pecmae.explain.counterfactuals import CounterfactualSet
    from pecmae.training.counterfactual_baking import Answer, Following


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "counterfactuals",
        help="ask a bundle about pieces played by another genre's band",
        description="Render scores of each genre with the orchestration and production of each genre, as far as they "
        "aren't there yet; ask the bundle what it hears; tell whether it follows the instruments or the composition, "
        "and whether it minds when time is shuffled.",
    )
    parser.add_argument("bundle", help="a name in the models folder, a bundle's folder, or hf://owner/name[@revision]")
    parser.add_argument("--models", type=Path, default=MODELS, help="models folder (default: %(default)s)")
    parser.add_argument("--dataset", type=Path, metavar="DIR", help="shuffle time in this dataset's test tracks too")
    parser.add_argument(
        "--out", type=Path, default=ASSETS / "counterfactuals", help="folder of the set (default: %(default)s)"
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Renders what is missing, asks, measures, prints and writes."""
    from tqdm import tqdm

    from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
    from pecmae.datasets.dataset import load_dataset
    from pecmae.evaluation.provenance import describe_run
    from pecmae.evaluation.time_shuffling import classifier_of, held_out_segments, measure_time
    from pecmae.rendering import require_extra
    from pecmae.rendering.finished_set import load_finished_set
    from pecmae.training.counterfactual_baking import ask, composed_segments, measure_following, store_answers

    bundle = load_bundle(locate_bundle(arguments.bundle, arguments.models))
    autoencoder = load_autoencoder_of(bundle, arguments.models)
    class_ids = bundle.manifest.class_ids
    counterfactuals = load_finished_set(arguments.out)
    if counterfactuals is None:
        require_extra()
        from pecmae.rendering.counterfactual import render_set

        with tqdm(desc="rendering", unit="sound") as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            counterfactuals = render_set(arguments.out, show)
    answers = ask(
        counterfactuals,
        arguments.out,
        bundle,
        autoencoder,
        lambda files: tqdm(files, desc="asking", unit="sound"),
    )
    following = measure_following(counterfactuals, answers, class_ids)
    classify = classifier_of(bundle, autoencoder)
    time = {"pieces": measure_time(composed_segments(counterfactuals, arguments.out, class_ids), classify)}
    command: list[str | Path] = ["python", "-m", "pecmae", "counterfactuals", bundle.manifest.name]
    if arguments.dataset is not None:
        heard = held_out_segments(load_dataset(arguments.dataset), class_ids)
        time["held_out"] = measure_time(heard, classify)
        command += ["--dataset", arguments.dataset]
    path = store_answers(arguments.out, counterfactuals, bundle, answers, following, time, describe_run(command, "cpu"))
    _print_table(counterfactuals, answers)
    _print_measures(following, time)
    print(f"Written to {path}.")


def _print_table(counterfactuals: "CounterfactualSet", answers: "dict[str, Answer]") -> None:
    """Scores in rows, bands in columns; a letter for every clip of a cell."""
    pieces, classes = counterfactuals.piece_by_id, counterfactuals.classes
    cells: dict[tuple[str, str], str] = {}
    for clip in counterfactuals.clips:
        score, band = pieces[clip.score].class_id, pieces[clip.band].class_id
        said = answers[clip.audio_file].said
        mark = "=" if said == score == band else "I" if said == band else "C" if said == score else "."
        cells[score, band] = cells.get((score, band), "") + mark
    width = max(counterfactuals.n_sets, 5) + 1
    print(
        "Compositions in rows, instruments in columns. I: the model named the instruments' genre, C: the composition's,"
    )
    print("= both are one, . neither.")
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
