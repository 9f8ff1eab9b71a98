"""`pecmae counterfactuals BUNDLE`: classify pieces that are played by other genres' bands."""

from collections import defaultdict
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

TEMPLATE = Path(__file__).parent / "counterfactuals.txt.jinja"


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
    print(to_text(counterfactuals, answers, following, time))
    print(f"Wrote {path}.")


def to_text(
    counterfactuals: "CounterfactualSet",
    answers: "dict[str, Answer]",
    following: "Following",
    time: "dict[str, TimeResult]",
) -> str:
    """The results as text. A table has compositions in rows and bands in columns; every clip of a cell is a letter."""
    from pecmae.evaluation.time_shuffling import time_sentence
    from pecmae.templates import render
    from pecmae.training.counterfactual_baking import following_sentence

    pieces, cells = counterfactuals.piece_by_id, defaultdict[tuple[str, str], str](str)
    for clip in counterfactuals.clips:
        score, band = pieces[clip.score].class_id, pieces[clip.band].class_id
        said = answers[clip.audio_file].class_id
        cells[score, band] += "=" if said == score == band else "I" if said == band else "C" if said == score else "."
    return render(
        TEMPLATE,
        classes=counterfactuals.classes,
        n_sets=counterfactuals.n_sets,
        cells=cells,
        following=following,
        time=time,
        sentences=(following_sentence(following), time_sentence(time.get("held_out", time["pieces"]))),
    )
