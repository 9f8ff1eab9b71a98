"""Blues ensembles: electric band, acoustic group on a porch, piano with horns, barrelhouse piano.

Numbers are General MIDI programs from 0; a repeated program is drawn more often. The effect strings are explained in
`ensembles`.
"""

from pecmae.rendering.genres.ensembles import Ensemble, Player, Section

ROOM = "reverb room_size=0.15..0.4 wet=0.06..0.16"
ENSEMBLES = (
    Ensemble(
        "electric blues band",
        (
            Player("drums", (0, 8, 0, 8), "drums", is_drum=True),
            Player("bass", (33, 34, 32), "bass"),
            Player("riff", (27, 26, 29), "rhythm", pan=(-0.5, -0.2)),
            Player("chords", (0, 16, 27), "keys", pan=(0.2, 0.5)),
            Player("pad", (16, 17, 18), "keys", (-3, 0), (0.1, 0.4)),
            Player("lead", (27, 29, 29, 26), "lead"),
            Player("brass", (61, 66), "keys"),
            Player("counter", (22,), "lead"),
        ),
        (
            Section("drums", (-2, 1), (ROOM, "compressor threshold_db=-22..-16 ratio=2..3")),
            Section("bass", (-3, 0), ("lowpass cutoff_hz=1500..3500",)),
            Section("rhythm", (-6, -3), ("distortion drive_db=4..10 ?0.6", "cabinet high_hz=4200..6000", ROOM)),
            Section("keys", (-8, -5), ("tremolo rate_hz=5..7 depth=0.1..0.3 ?0.4", ROOM)),
            Section(
                "lead",
                (-2, 1),
                ("distortion drive_db=8..20", "cabinet high_hz=4000..6000", "reverb room_size=0.3..0.5 wet=0.1..0.25"),
            ),
        ),
        ("high_shelf cutoff_hz=7000 gain_db=-4..0", "compressor threshold_db=-18..-12 ratio=1.5..2.5"),
        ("shuffle", "slow", "minor-groove"),
    ),
    Ensemble(
        "porch",
        (
            Player("riff", (25, 24, 25), "guitar", (-3, 0)),
            Player("chords", (25,), "guitar", (-6, -3)),
            Player("lead", (25,), "guitar", (0, 2)),
            Player("counter", (22,), "harmonica"),
            Player("bass", (32, 25), "guitar"),
            Player("drums", (0, 40), "stomp", is_drum=True),
        ),
        (
            Section(
                "guitar",
                (-1, 1),
                (
                    "highpass cutoff_hz=80..160",
                    "peak cutoff_hz=900..1600 gain_db=0..4",
                    "lofi sample_rate=9000..16000 ?0.3",
                ),
            ),
            Section("harmonica", (-4, -1), ("distortion drive_db=4..10 ?0.5", ROOM)),
            Section("stomp", (-12, -7), ("lowpass cutoff_hz=1200..3000",)),
        ),
        (ROOM, "vinyl level_db=-52..-42 crackle=0.2..0.7 ?0.3"),
        ("delta",),
    ),
    Ensemble(
        "horns and piano",
        (
            Player("drums", (0, 32), "drums", is_drum=True),
            Player("bass", (32, 32, 33), "bass"),
            Player("riff", (0, 1, 3), "keys", (0, 2)),
            Player("chords", (0, 1, 3), "keys"),
            Player("pad", (17,), "keys"),
            Player("brass", (61,), "brass", pan=(-0.4, 0.4), layers=(66,)),
            Player("lead", (66, 65, 66), "lead"),
        ),
        (
            Section("drums", (-4, -1), (ROOM,)),
            Section("bass", (-3, 0), ("lowpass cutoff_hz=1500..3000",)),
            Section("keys", (-4, -1), (ROOM,)),
            Section("brass", (-6, -3), (ROOM,)),
            Section("lead", (-2, 1), ("reverb room_size=0.2..0.5 wet=0.1..0.2",)),
        ),
        ("high_shelf cutoff_hz=6000 gain_db=-6..-1", "compressor threshold_db=-18..-12 ratio=1.5..3"),
        ("jump",),
    ),
    Ensemble(
        "barrelhouse piano",
        (
            Player("riff", (0, 1, 3), "piano"),
            Player("chords", (0, 1, 3), "piano", (-4, -2)),
            Player("lead", (0, 1, 3), "piano", (0, 2)),
            Player("bass", (32,), "band"),
            Player("drums", (0, 40), "band", is_drum=True),
        ),
        (
            Section("piano", (0, 2), (ROOM, "chorus rate_hz=0.3..0.8 depth=0.05..0.15 mix=0.3 ?0.4")),
            Section("band", (-7, -4), (ROOM,)),
        ),
        ("high_shelf cutoff_hz=6000 gain_db=-5..0", "vinyl level_db=-52..-44 crackle=0.2..0.6 ?0.25"),
        ("boogie-woogie",),
    ),
)
