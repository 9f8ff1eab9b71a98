"""Reggae ensembles: roots band, dub studio, ska band."""

from pecmae.rendering.genres.ensembles import Ensemble, Player, Section

DEEP = (
    "lowpass cutoff_hz=350..900",
    "low_shelf cutoff_hz=100 gain_db=2..5",
    "compressor threshold_db=-24..-18 ratio=3..5",
)
ECHO = "delay delay_s=0.33..0.55 feedback=0.25..0.45 mix=0.15..0.3"
SPRING = "reverb room_size=0.4..0.65 damping=0.2..0.5 wet=0.14..0.28"


def _band(
    name: str,
    lead: tuple[int, ...],
    bass: tuple[int, ...],
    skank_effects: tuple[str, ...],
    drum_effects: tuple[str, ...],
    arrangements: tuple[str, ...],
) -> Ensemble:
    return Ensemble(
        name,
        (
            Player("drums", (0, 8, 0), "drums", is_drum=True),
            Player("percussion", (0,), "percussion", is_drum=True, pan=(-0.5, 0.5)),
            Player("bass", bass, "bass"),
            Player("chords", (27, 28, 27), "skank", pan=(-0.4, 0.0), layers=(0,)),
            Player("riff", (16, 17, 18), "organ", pan=(0.1, 0.5)),
            Player("arpeggio", (28, 7), "skank"),
            Player("pad", (16, 48, 89), "organ", (-4, -2)),
            Player("brass", (61, 57, 56), "horns", pan=(0.1, 0.4)),
            Player("lead", lead, "horns"),
            Player("counter", (57, 66, 22), "horns", (-3, -1)),
        ),
        (
            Section("drums", (-1, 1), ("compressor threshold_db=-24..-16 ratio=2..4", *drum_effects)),
            Section("percussion", (-9, -6), (SPRING,)),
            Section("bass", (2, 4), DEEP),
            Section("skank", (-4, -1), ("highpass cutoff_hz=250..500", *skank_effects)),
            Section(
                "organ",
                (-7, -4),
                (
                    "highpass cutoff_hz=150..300",
                    "tremolo rate_hz=5..7 depth=0.1..0.3 ?0.4",
                    "reverb room_size=0.3 wet=0.1",
                ),
            ),
            Section("horns", (-4, -1), (f"{ECHO} ?0.7", SPRING)),
        ),
        (
            "low_shelf cutoff_hz=120 gain_db=0..3",
            "high_shelf cutoff_hz=6000 gain_db=-5..0",
            "compressor threshold_db=-16..-10 ratio=1.5..3",
        ),
        arrangements,
    )


ENSEMBLES = (
    _band("roots band", (21, 22, 53, 66, 27), (33, 33, 38), (SPRING,), (SPRING,), ("one-drop", "rockers", "lovers")),
    _band("dub studio", (21, 22, 57, 80), (33, 38), (ECHO, SPRING), (f"{ECHO} ?0.5", SPRING), ("dub", "steppers")),
    _band(
        "ska band",
        (57, 56, 66),
        (32, 33),
        ("reverb room_size=0.2 wet=0.08",),
        ("reverb room_size=0.3 wet=0.1",),
        ("ska",),
    ),
)
