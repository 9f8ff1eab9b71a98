"""Rock ensembles: band, garage trio, sixties combo."""

from pecmae.rendering.genres.ensembles import Ensemble, Player, Section

DRUM_EFFECTS = ("compressor threshold_db=-24..-16 ratio=2.5..5", "reverb room_size=0.25..0.5 wet=0.06..0.16")
BASS_EFFECTS = (
    "distortion drive_db=2..8 ?0.4",
    "lowpass cutoff_hz=2000..4500",
    "compressor threshold_db=-24..-18 ratio=3..5",
)
MASTER = (
    "compressor threshold_db=-16..-10 ratio=2..3",
    "high_shelf cutoff_hz=6000 gain_db=-2..2",
    "limiter threshold_db=-6..-3",
)
ENSEMBLES = (
    Ensemble(
        "rock band",
        (
            Player("drums", (8, 16, 0), "drums", is_drum=True),
            Player("bass", (34, 33, 34), "bass"),
            Player("riff", (29, 30, 29), "rhythm", pan=(-0.6, -0.3)),
            Player("chords", (27, 29, 25, 18), "rhythm", (-3, 0), (0.3, 0.6)),
            Player("arpeggio", (27, 25, 25), "clean", pan=(0.1, 0.5)),
            Player("pad", (18, 16, 48), "clean", (-5, -2)),
            Player("lead", (29, 30, 29, 27), "lead"),
        ),
        (
            Section("drums", (0, 2), DRUM_EFFECTS),
            Section("bass", (-3, -1), BASS_EFFECTS),
            Section("rhythm", (-3, 0), ("distortion drive_db=12..22", "cabinet low_hz=80..120 high_hz=4500..6000")),
            Section(
                "clean",
                (-5, -2),
                ("chorus rate_hz=0.4..1.2 depth=0.1..0.3 mix=0.3 ?0.5", "reverb room_size=0.4..0.6 wet=0.1..0.25"),
            ),
            Section(
                "lead",
                (-3, 0),
                (
                    "distortion drive_db=10..22",
                    "cabinet high_hz=4500..6000",
                    "delay delay_s=0.25..0.45 feedback=0.2 mix=0.15 ?0.5",
                    "reverb room_size=0.4..0.6 wet=0.1..0.2",
                ),
            ),
        ),
        MASTER,
        ("backbeat", "riff", "ballad"),
    ),
    Ensemble(
        "garage trio",
        (
            Player("drums", (8, 16), "drums", is_drum=True),
            Player("bass", (34,), "bass"),
            Player("riff", (29, 30), "rhythm", pan=(-0.3, 0.3)),
            Player("chords", (29, 27), "rhythm"),
            Player("lead", (30, 81, 29), "lead"),
        ),
        (
            Section("drums", (0, 2), (*DRUM_EFFECTS, "clipping threshold_db=-8..-4 ?0.4")),
            Section("bass", (-3, 0), ("distortion drive_db=8..18", "lowpass cutoff_hz=2500..4500")),
            Section("rhythm", (0, 2), ("distortion drive_db=18..28", "cabinet low_hz=80..130 high_hz=4000..6500")),
            Section(
                "lead",
                (-5, -2),
                ("distortion drive_db=12..20", "cabinet high_hz=4000..5500", "reverb room_size=0.3 wet=0.1"),
            ),
        ),
        (*MASTER, "clipping threshold_db=-5..-2 ?0.5"),
        ("punk", "grunge"),
    ),
    Ensemble(
        "sixties combo",
        (
            Player("drums", (0, 8), "drums", is_drum=True),
            Player("bass", (33, 32, 34), "bass"),
            Player("riff", (27, 26, 29), "guitars", pan=(-0.7, -0.3)),
            Player("chords", (0, 1, 3, 16), "guitars", pan=(0.3, 0.7)),
            Player("lead", (27, 29, 66), "lead"),
        ),
        (
            Section("drums", (-1, 1), ("reverb room_size=0.2..0.5 wet=0.1..0.2",)),
            Section("bass", (-3, 0), ("lowpass cutoff_hz=1500..2500",)),
            Section("guitars", (-3, 0), ("distortion drive_db=4..10", "cabinet high_hz=4500..6000")),
            Section(
                "lead",
                (-2, 0),
                (
                    "distortion drive_db=6..12",
                    "cabinet high_hz=4500..6000",
                    "delay delay_s=0.09..0.14 feedback=0.1 mix=0.25",
                ),
            ),
        ),
        ("high_shelf cutoff_hz=5000 gain_db=-6..-2", "compressor threshold_db=-16..-10 ratio=2..4"),
        ("rock-and-roll",),
    ),
)
