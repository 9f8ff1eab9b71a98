"""Hip-hop ensembles: samplers, TR-808, funk studio, drum machine, samples of soul records."""

from pecmae.rendering.genres.ensembles import Ensemble, Player, Section

PUNCH = (
    "compressor threshold_db=-28..-18 ratio=4..7",
    "low_shelf cutoff_hz=100 gain_db=2..5",
    "clipping threshold_db=-7..-3 ?0.5",
)
SUB = (
    "lowpass cutoff_hz=400..1200",
    "low_shelf cutoff_hz=90 gain_db=2..5",
    "compressor threshold_db=-24..-16 ratio=3..5",
)
SAMPLED = (
    "lofi sample_rate=9000..16000",
    "bitcrush bits=9..12 ?0.6",
    "lowpass cutoff_hz=2500..6000",
    "vinyl level_db=-48..-36 crackle=0.3..0.8 ?0.7",
)
MASTER = ("compressor threshold_db=-16..-10 ratio=2..4", "limiter threshold_db=-5..-2")


def _studio(
    name: str,
    drums: tuple[int, ...],
    bass: tuple[int, ...],
    chords: tuple[int, ...],
    lead: tuple[int, ...],
    loop_effects: tuple[str, ...],
    drums_db: float,
    arrangements: tuple[str, ...],
) -> Ensemble:
    return Ensemble(
        name,
        (
            Player("drums", drums, "drums", is_drum=True),
            Player("percussion", drums, "drums", is_drum=True),
            Player("bass", bass, "bass"),
            Player("chords", chords, "loop", pan=(-0.2, 0.2)),
            Player("riff", chords, "loop"),
            Player("strings", (48, 50, 49), "loop", (-3, 0)),
            Player("pad", (89, 91, 50, 52), "loop", (-6, -3)),
            Player("brass", (55, 61, 62), "loop"),
            Player("arpeggio", (80, 81, 11), "loop", (-3, -1)),
            Player("lead", lead, "lead"),
            Player("counter", (73, 80, 54), "lead", (-4, -2)),
        ),
        (
            Section("drums", (drums_db, drums_db + 2), PUNCH),
            Section("bass", (-1, 2), SUB),
            Section("loop", (-5, -2), loop_effects),
            Section(
                "lead",
                (-7, -4),
                (
                    *loop_effects[:1],
                    "reverb room_size=0.3..0.6 wet=0.1..0.25",
                    "delay delay_s=0.25..0.4 feedback=0.3 mix=0.2 ?0.4",
                ),
            ),
        ),
        MASTER,
        arrangements,
    )


SYNTHETIC = ("chorus rate_hz=0.3..0.7 depth=0.1..0.3 mix=0.3 ?0.5", "reverb room_size=0.2..0.5 wet=0.06..0.16")
ENSEMBLES = (
    _studio("sampler", (0, 8, 25), (32, 33, 38), (0, 4, 61, 26), (73, 65, 11, 56), SAMPLED, 3, ("boom-bap",)),
    _studio("bedroom sampler", (0, 40, 8), (33, 38, 32), (4, 4, 0, 26), (11, 73, 24, 4), SAMPLED, -2, ("lo-fi",)),
    _studio("808 studio", (25,), (38, 39), (89, 48), (14, 9, 11, 98, 88), SYNTHETIC, 1, ("trap",)),
    _studio("funk studio", (25, 24, 0), (38, 39, 36), (7, 28, 4), (80, 81), SYNTHETIC, 2, ("west-coast",)),
    _studio("drum machine", (25, 24), (38, 39, 87), (90, 81), (80, 84, 87), SYNTHETIC, 3, ("electro",)),
    _studio("crate digger", (0, 8), (33, 38), (4, 0, 26), (53, 54, 65), SAMPLED, 2, ("soul-loop", "boom-bap")),
)
