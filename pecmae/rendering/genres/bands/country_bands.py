"""Country ensembles: band with fiddle and pedal steel, string band without drums, honky-tonk band."""

from pecmae.rendering.genres.ensembles import Ensemble, Player, Section

ROOM = "reverb room_size=0.15..0.4 wet=0.06..0.14"
PLATE = "reverb room_size=0.4..0.65 wet=0.12..0.25"
ENSEMBLES = (
    Ensemble(
        "country band",
        (
            Player("drums", (0, 40, 0), "drums", is_drum=True),
            Player("bass", (32, 33, 32), "bass"),
            Player("chords", (25,), "acoustic", pan=(-0.5, -0.2)),
            Player("arpeggio", (25, 24), "acoustic", pan=(-0.4, 0.0)),
            Player("riff", (27, 25, 28), "electric", pan=(0.2, 0.5)),
            Player("lead", (110, 27, 110, 22, 26), "lead"),
            Player("counter", (26, 27, 110), "electric", pan=(0.3, 0.6)),
            Player("pad", (26, 48, 21), "steel", pan=(0.1, 0.5)),
        ),
        (
            Section("drums", (-4, -1), (ROOM,)),
            Section("bass", (-3, 0), ("lowpass cutoff_hz=1500..3000",)),
            Section(
                "acoustic", (-3, 0), ("highpass cutoff_hz=100..180", "high_shelf cutoff_hz=5000 gain_db=0..4", ROOM)
            ),
            Section(
                "electric",
                (-5, -2),
                ("compressor threshold_db=-26..-20 ratio=3..5", "delay delay_s=0.1..0.16 feedback=0.1 mix=0.2", ROOM),
            ),
            Section("steel", (-6, -3), ("chorus rate_hz=0.4..0.9 depth=0.1..0.2 mix=0.3", PLATE)),
            Section("lead", (-2, 1), (PLATE,)),
        ),
        ("compressor threshold_db=-18..-12 ratio=1.5..2.5", "high_shelf cutoff_hz=7000 gain_db=-2..2"),
        ("train", "waltz", "ballad", "country-rock"),
    ),
    Ensemble(
        "string band",
        (
            Player("bass", (32,), "bass"),
            Player("arpeggio", (105,), "banjo", pan=(-0.4, 0.0)),
            Player("chords", (25, 24), "chop", pan=(0.2, 0.5)),
            Player("riff", (25,), "guitar", pan=(-0.2, 0.2)),
            Player("lead", (110, 110, 105), "fiddle"),
            Player("counter", (105, 25), "banjo"),
            Player("pad", (110,), "fiddle"),
            Player("drums", (40,), "bass", is_drum=True),
        ),
        (
            Section("bass", (-3, 0), ("lowpass cutoff_hz=1200..2500",)),
            Section("banjo", (-2, 1), ("highpass cutoff_hz=120..200",)),
            Section("chop", (-6, -3), ("highpass cutoff_hz=200..350",)),
            Section("guitar", (-6, -3), ("highpass cutoff_hz=90..140",)),
            Section("fiddle", (-2, 1), (ROOM,)),
        ),
        (ROOM, "high_shelf cutoff_hz=6000 gain_db=-2..2"),
        ("bluegrass", "waltz"),
    ),
    Ensemble(
        "honky-tonk band",
        (
            Player("drums", (40, 0, 0), "drums", is_drum=True),
            Player("bass", (32, 33), "bass"),
            Player("chords", (3, 0, 1), "keys", pan=(-0.4, 0.0)),
            Player("riff", (27,), "keys"),
            Player("pad", (26,), "steel", pan=(0.2, 0.5)),
            Player("lead", (110, 26, 110, 27), "lead"),
            Player("counter", (22, 110), "lead"),
        ),
        (
            Section("drums", (-4, -1), (ROOM,)),
            Section("bass", (-2, 0), ("lowpass cutoff_hz=1500..2500",)),
            Section("keys", (-4, -1), (ROOM,)),
            Section("steel", (-4, -1), ("chorus rate_hz=0.5..1 depth=0.1..0.2 mix=0.3", PLATE)),
            Section("lead", (-2, 1), (PLATE,)),
        ),
        ("high_shelf cutoff_hz=5000 gain_db=-5..0", "compressor threshold_db=-18..-12 ratio=2..3"),
        ("honky-tonk", "train"),
    ),
)
