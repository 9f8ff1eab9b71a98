"""Pop ensembles: synthesisers, piano with strings, guitars."""

from pecmae.rendering.genres.ensembles import Ensemble, Player, Section

PLATE = "reverb room_size=0.45..0.7 wet=0.14..0.26"
SMALL = "reverb room_size=0.15..0.3 wet=0.04..0.1"
MASTER = (
    "high_shelf cutoff_hz=8000 gain_db=1..4",
    "compressor threshold_db=-18..-12 ratio=2..3.5",
    "limiter threshold_db=-5..-2",
)


def _production(
    name: str,
    drums: tuple[int, ...],
    bass: tuple[int, ...],
    chords: tuple[int, ...],
    arpeggio: tuple[int, ...],
    lead: tuple[int, ...],
    levels_db: tuple[float, float, float],
    arrangements: tuple[str, ...],
) -> Ensemble:
    drums_db, chords_db, pad_db = levels_db
    return Ensemble(
        name,
        (
            Player("drums", drums, "drums", is_drum=True),
            Player("percussion", drums, "drums", (-4, -2), is_drum=True),
            Player("bass", bass, "bass"),
            Player("chords", chords, "chords", pan=(-0.4, 0.4)),
            Player("riff", chords, "chords", (-2, 0)),
            Player("arpeggio", arpeggio, "arpeggio", pan=(-0.6, 0.6)),
            Player("pad", (89, 88, 91, 50), "pad", layers=(90,) if "synth" in name else ()),
            Player("strings", (48, 50, 49), "pad"),
            Player("lead", lead, "lead"),
            Player("counter", lead, "lead", (-5, -3), (-0.5, 0.5)),
            Player("brass", (62, 61), "chords"),
        ),
        (
            Section(
                "drums",
                (drums_db, drums_db + 2),
                ("compressor threshold_db=-24..-16 ratio=3..5", "high_shelf cutoff_hz=6000 gain_db=0..3", SMALL),
            ),
            Section("bass", (-2, 0), ("compressor threshold_db=-24..-18 ratio=3..5", "lowpass cutoff_hz=1500..4000")),
            Section(
                "chords", (chords_db, chords_db + 2), ("chorus rate_hz=0.3..0.9 depth=0.1..0.25 mix=0.3 ?0.5", SMALL)
            ),
            Section("arpeggio", (-8, -5), ("delay delay_s=0.2..0.4 feedback=0.3 mix=0.25", PLATE)),
            Section("pad", (pad_db, pad_db + 2), ("chorus rate_hz=0.2..0.6 depth=0.2..0.4 mix=0.4", PLATE)),
            Section(
                "lead",
                (-1, 1),
                (
                    "compressor threshold_db=-24..-18 ratio=2..4",
                    "delay delay_s=0.2..0.35 feedback=0.2 mix=0.12 ?0.6",
                    PLATE,
                ),
            ),
        ),
        MASTER,
        arrangements,
    )


ENSEMBLES = (
    _production(
        "synth studio",
        (24, 25, 0),
        (38, 39),
        (90, 81, 5),
        (80, 81, 88, 11),
        (80, 81, 54, 87),
        (0, -5, -5),
        ("synth-pop", "dance-pop"),
    ),
    _production(
        "club synth studio", (24, 24, 25), (38, 39), (81, 90, 62), (81, 88), (81, 80, 53), (1, -3, -8), ("dance-pop",)
    ),
    _production(
        "piano and strings", (0, 40), (33, 35), (0, 1, 0), (46, 24), (53, 54, 73, 85), (-6, 0, -5), ("piano-ballad",)
    ),
    _production(
        "acoustic room", (0, 40), (32, 33), (25, 25, 24), (24, 9, 11), (53, 73, 25, 78), (-6, 0, -9), ("acoustic",)
    ),
    _production("guitar pop band", (0, 8), (34, 33), (27, 25), (27, 27, 11), (53, 27, 80, 87), (0, -6, -8), ("indie",)),
    _production(
        "soft studio", (24, 25, 0), (38, 35, 33), (4, 5, 4), (11, 46), (54, 53, 85, 73), (-2, -2, -8), ("slow-jam",)
    ),
)
