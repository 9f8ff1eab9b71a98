"""Keep an evaluation section by section, in a folder and in the manifest of the evaluated bundle."""

import json
from pathlib import Path
from typing import Any

from pecmae.bundles.bundle import PROTOTYPES_FILE, Bundle
from pecmae.bundles.writing import update_bundle
from pecmae.evaluation.listener import ListenerFigures
from pecmae.evaluation.recognition import listener_recognition
from pecmae.evaluation.tables import VALIDATION, to_markdown
from pecmae.files import write_at_once

SCHEMA = "pecmae.evaluation/2"
SECTIONS = ("decoding", "acoustics", "listener")


class EvaluationFolder:
    """`evaluation.json` and `evaluation.md` of one bundle; measuring a section again replaces it.

    Args:
        path: The folder.
        bundle: The bundle. Results of another bundle, or of this one before it was trained anew, are dropped.
    """

    def __init__(self, path: Path, bundle: Bundle) -> None:
        self.path = path
        manifest = bundle.manifest
        self.identity = {
            "name": manifest.name,
            "version": manifest.version,
            "prototypes": manifest.files[PROTOTYPES_FILE],
            "autoencoder": manifest.autoencoder.fingerprint,
        }
        found = self._read()
        self.evaluation: dict[str, Any] = found["evaluation"] if found else {}
        self.provenance: dict[str, Any] = found["provenance"] if found else {}

    def add(self, section: str, result: dict[str, Any], provenance: dict[str, Any]) -> None:
        """Keep a section's results and how they were made."""
        measured = {**self.evaluation, section: result}
        self.evaluation = {name: measured[name] for name in SECTIONS if name in measured}
        self.provenance[section] = provenance
        self.path.mkdir(parents=True, exist_ok=True)
        stored = {
            "schema": SCHEMA,
            "bundle": self.identity,
            "evaluation": self.evaluation,
            "provenance": self.provenance,
        }
        text = json.dumps(stored, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        write_at_once(self.path / "evaluation.json", text.encode())
        write_at_once(self.path / "evaluation.md", (self.to_markdown() + "\n").encode())

    def to_markdown(self) -> str:
        """The results as Markdown tables."""
        return to_markdown(self.evaluation, self.provenance)

    def store(self, bundle: Bundle) -> Bundle:
        """Write the evaluation into the bundle's manifest, which the model card is made from.

        Returns:
            The bundle, loaded again.
        """
        manifest = bundle.manifest
        built, run = manifest.metrics.evaluation, manifest.provenance.evaluation  # the validation belongs to the build
        evaluation = {name: built[name] for name in (VALIDATION,) if name in built} | self.evaluation
        provenance = {name: run[name] for name in (VALIDATION,) if name in run} | self.provenance
        metrics: dict[str, Any] = {"evaluation": evaluation}
        if "listener" in self.evaluation:
            figures = ListenerFigures.model_validate(self.evaluation["listener"])
            metrics["listener"] = listener_recognition(figures)
        return update_bundle(bundle, metrics=metrics, provenance={"evaluation": provenance})

    def _read(self) -> dict[str, Any] | None:
        try:
            found = json.loads((self.path / "evaluation.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # a damaged one is measured again
            return None
        is_same = found.get("schema") == SCHEMA and found.get("bundle") == self.identity
        return found if is_same else None
