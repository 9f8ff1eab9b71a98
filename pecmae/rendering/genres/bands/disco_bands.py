"""Disco ensembles: orchestra, funk band, synthesisers, club band."""

from pecmae.rendering.genres.ensembles import Ensemble, Player, Section

ROOM = "reverb room_size=0.2..0.4 wet=0.05..0.12"
PLATE = "reverb room_size=0.5..0.75 wet=0.15..0.28"
MASTER = (
    "high_shelf cutoff_hz=6000 gain_db=-3..1",
    "compressor threshold_db=-18..-12 ratio=2..3",
    "limiter threshold_db=-6..-3",
)


def _band(
    name: str,
    drums: tuple[int, ...],
    bass: tuple[int, ...],
    chords: tuple[int, ...],
    lead: tuple[int, ...],
    strings: tuple[int, ...],
    arrangements: tuple[str, ...],
) -> Ensemble:
    return Ensemble(
        name,
        (
            Player("drums", drums, "drums", is_drum=True),
            Player("percussion", drums, "percussion", is_drum=True, pan=(-0.4, 0.4)),
            Player("bass", bass, "bass"),
            Player("chords", chords, "rhythm", pan=(-0.5, -0.2)),
            Player("riff", (7, 28, 27), "rhythm", (-2, 0), (0.2, 0.5)),
            Player("arpeggio", (81, 90, 80), "synth", pan=(-0.4, 0.4)),
            Player("strings", strings, "strings", pan=(-0.2, 0.3)),
            Player("pad", strings, "strings", (-5, -2), (-0.3, 0.3)),
            Player("brass", (61, 62), "brass", pan=(0.1, 0.4)),
            Player("lead", lead, "lead"),
            Player("counter", (11, 60, 48), "lead", (-3, -1)),
        ),
        (
            Section("drums", (1, 3), ("compressor threshold_db=-22..-16 ratio=2..4", ROOM)),
            Section("percussion", (-7, -4), (ROOM,)),
            Section("bass", (-1, 1), ("compressor threshold_db=-24..-18 ratio=3..5", "lowpass cutoff_hz=2000..4500")),
            Section(
                "rhythm",
                (-6, -3),
                ("phaser rate_hz=0.2..0.6 depth=0.3..0.6 mix=0.3..0.5 ?0.5", "highpass cutoff_hz=200..400"),
            ),
            Section(
                "synth",
                (-6, -3),
                ("phaser rate_hz=0.1..0.4 depth=0.5 mix=0.4 ?0.6", "delay delay_s=0.2..0.36 feedback=0.3 mix=0.2"),
            ),
            Section("strings", (-3, 0), (PLATE,)),
            Section("brass", (-5, -2), (ROOM,)),
            Section("lead", (-4, -1), (PLATE,)),
        ),
        MASTER,
        arrangements,
    )


ENSEMBLES = (
    _band("disco orchestra", (0, 8), (33, 34, 36), (27, 28, 4), (53, 65, 73, 56), (48, 49), ("strings", "philly")),
    _band("funk band", (0, 8), (36, 33), (27, 28), (65, 66, 81, 53), (48, 50), ("funk", "club")),
    _band("synth disco", (24, 0, 25), (38, 39), (90, 4), (81, 80, 54), (50, 51, 48), ("euro",)),
    _band("club band", (24, 8, 0), (33, 39, 36), (0, 1, 2), (53, 54, 81), (50, 48), ("club",)),
)
