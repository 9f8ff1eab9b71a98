"""Arguments and options that several commands have."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pecmae.networks.configuration import SamplerSettings

# A bundle
AnyBundle = Annotated[
    str, typer.Argument(help="A name in the models folder, a bundle's folder, or hf://owner/name[@revision].")
]
LocalBundle = Annotated[str, typer.Argument(help="A name in the models folder, or a bundle's folder.")]
ModelsFolder = Annotated[Path, typer.Option(help="The models folder.", show_default="models")]

# Sampling
OWN = "the autoencoder's own"
Solver = Annotated[str | None, typer.Option(help="dpm-solver++ or ddim.", show_default=OWN)]
SamplerSteps = Annotated[int | None, typer.Option("--steps", help="Number of sampler steps.", show_default=OWN)]
Guidance = Annotated[float | None, typer.Option(help="Strength of classifier-free guidance.", show_default=OWN)]

# Training
Adaptor = Annotated[bool, typer.Option("--adaptor", help="Pass prototypes through a transformer layer.")]
Lambda = Annotated[
    float | None,
    typer.Option(
        "--lambda",
        help="Weight of the classification loss against the prototype loss, from 0 to 1.",
        show_default="0.25, as in the paper",
    ),
]
TrainingSteps = Annotated[
    int | None,
    typer.Option(
        "--steps", help="Training steps.", show_default="400 passes over the embeddings, from 2,000 to 15,000 steps"
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of splits, training, sampler and map.")]
PointsPerClass = Annotated[
    int, typer.Option(metavar="N", help="Number of training segments per class that the bundle stores with audio.")
]
Title = Annotated[str, typer.Option(help="One line for people.", show_default="made from the dataset's name")]
BundleVersion = Annotated[str, typer.Option("--bundle-version", help="Version of the bundle.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
BundleFolder = Annotated[Path, typer.Option(help="The bundle's folder, such as models/NAME.")]
DatasetSource = Annotated[
    str,
    typer.Option(
        metavar="SOURCE",
        help="gtzan, medley-solos-db, folder:PATH (a folder with one subfolder per class, or a CSV of path, label and "
        "optionally split and group), gtzan-excerpts:PATH, medley-clips:PATH, or a folder made by `render`; several "
        "with the same classes as 'SOURCE + SOURCE'.",
    ),
]
AutoencoderName = Annotated[str, typer.Option(help="compact, published-4s or published-10s.")]
DataHome = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder with the files of a known dataset.", show_default="mirdata's own folder"),
]


def chosen_sampler(
    default: "SamplerSettings", solver: str | None, n_steps: int | None, guidance: float | None
) -> "SamplerSettings":
    """Replace what was given on the command line; sampling itself rejects a solver that doesn't exist.

    Args:
        default: The autoencoder's own settings.
        solver: Name of the solver, or None.
        n_steps: Number of steps, or None.
        guidance: Strength of guidance, or None.
    """
    given: dict[str, Any] = {"solver": solver, "n_steps": n_steps, "guidance": guidance}
    return replace(default, **{name: value for name, value in given.items() if value is not None})
