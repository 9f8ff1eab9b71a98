"""Metal ensembles: bands with layered distorted guitars.

Numbers are General MIDI programs from 0; a repeated program is drawn more often. The effect strings are explained in
`ensembles`.
"""

from pecmae.rendering.genres.ensembles import Ensemble, Player, Section

HIGH_GAIN = (
    "highpass cutoff_hz=70..110",
    "distortion drive_db=30..42",
    "cabinet low_hz=70..110 high_hz=4800..7000",
    "peak cutoff_hz=500..800 gain_db=-6..-2",
)
LEAD_GAIN = (
    "distortion drive_db=22..32",
    "cabinet high_hz=5000..7000",
    "delay delay_s=0.25..0.4 feedback=0.25 mix=0.2 ?0.7",
    "reverb room_size=0.4..0.6 wet=0.1..0.2",
)


def _band(
    name: str, drums: tuple[int, ...], pad: tuple[int, ...], room: str, arrangements: tuple[str, ...]
) -> Ensemble:
    """A metal band; the drum kits, the pad, the drums' room and the arrangements distinguish the bands."""
    return Ensemble(
        name,
        (
            Player("drums", drums, "drums", is_drum=True),
            Player("bass", (34, 34, 33), "bass"),
            Player("riff", (30, 29, 30), "wall", pan=(-0.9, -0.6)),
            Player("riff", (30, 30, 29), "wall", pan=(0.6, 0.9)),
            Player("lead", (30, 29), "lead", pan=(-0.2, 0.2)),
            Player("counter", (30, 29), "lead", (-3, -1), (-0.4, 0.4)),
            Player("pad", pad, "pad"),
        ),
        (
            Section(
                "drums",
                (1, 3),
                ("high_shelf cutoff_hz=4000 gain_db=1..4", "compressor threshold_db=-26..-18 ratio=3..6", room),
            ),
            Section("bass", (-5, -2), ("distortion drive_db=12..22", "lowpass cutoff_hz=2500..5000")),
            Section("wall", (-1, 1), HIGH_GAIN),
            Section("lead", (-3, 0), LEAD_GAIN),
            Section("pad", (-9, -6), ("reverb room_size=0.6..0.9 wet=0.25..0.4",)),
        ),
        (
            "compressor threshold_db=-14..-10 ratio=2..4",
            "clipping threshold_db=-5..-3 ?0.4",
            "limiter threshold_db=-6..-3",
        ),
        arrangements,
    )


TIGHT = "reverb room_size=0.1..0.25 wet=0.03..0.08"
LARGE = "reverb room_size=0.5..0.8 wet=0.1..0.22"
ENSEMBLES = (
    _band("twin-guitar metal band", (16, 16, 8), (48, 50), LARGE, ("gallop", "melodic")),
    _band("thrash band", (16, 8), (48,), TIGHT, ("thrash", "groove", "death")),
    _band("doom band", (16, 8), (19, 52, 16), LARGE, ("doom",)),
)
