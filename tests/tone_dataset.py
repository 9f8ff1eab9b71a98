"""A small dataset of synthetic tones, in the format that `render` writes."""

import json
from pathlib import Path

import numpy as np
import soundfile
from tiny import RECIPES, synthesise

from pecmae.audio.conventions import SAMPLE_RATE


def write_tones(folder: Path) -> Path:
    """A dataset of three timbres: four training, one validation and two test tracks of 9 s each."""
    rng = np.random.default_rng(0)
    timbres = RECIPES["tiny"].timbres
    description = {
        "schema": "pecmae.dataset/1",
        "name": "tones",
        "kind": "instruments",
        "classes": [{"id": name, "label": name.title()} for name in timbres],
        "seed": 11,
        "tracks_per_class": 7,
        "sample_rate": SAMPLE_RATE,
        "unseen_soundfont": "TimGM6mb",
        "licence": "MIT",
        "attribution": "none",
    }
    (folder / "audio").mkdir(parents=True)
    (folder / "dataset.json").write_text(json.dumps(description))
    rows = []
    for name, timbre in timbres.items():
        for number, split in enumerate(["train"] * 4 + ["valid"] + ["test"] * 2):
            track_id = f"{name}-{number:04d}"
            sound = synthesise(timbre, rng, 9 * SAMPLE_RATE)
            soundfile.write(folder / "audio" / f"{track_id}.flac", sound, SAMPLE_RATE)
            row = {"id": track_id, "class": name, "split": split, "unseen_soundfont": number == 6}
            rows.append({**row, "audio": f"audio/{track_id}.flac", "title": f"{name} study {number}"})
    rows.sort(key=lambda row: str(row["id"]))
    (folder / "index.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
