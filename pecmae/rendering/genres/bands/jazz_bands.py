"""Jazz ensembles: small groups, strings and big band."""

from pecmae.rendering.genres.ensembles import Ensemble, Player, Section

CLUB = "reverb room_size=0.2..0.45 wet=0.08..0.18"
HALL = "reverb room_size=0.5..0.7 wet=0.14..0.25"
VINTAGE = (
    "high_shelf cutoff_hz=5000 gain_db=-7..-1",
    "vinyl level_db=-54..-44 crackle=0.1..0.5 ?0.2",
    "compressor threshold_db=-16..-10 ratio=1.3..2",
)


def _group(
    name: str,
    lead: tuple[int, ...],
    chords: tuple[int, ...],
    drums: tuple[int, ...],
    room: str,
    arrangements: tuple[str, ...],
) -> Ensemble:
    return Ensemble(
        name,
        (
            Player("drums", drums, "drums", is_drum=True),
            Player("bass", (32,), "bass"),
            Player("chords", chords, "chords", pan=(-0.4, 0.3)),
            Player("riff", (26, 24), "chords", pan=(0.2, 0.6)),
            Player("lead", lead, "lead"),
            Player("counter", (56, 65, 59, 11), "lead", (-3, -1), (-0.5, 0.5)),
            Player("pad", (48, 11), "chords"),
            Player("brass", (61,), "lead"),
        ),
        (
            Section("drums", (-6, -3), (room,)),
            Section("bass", (-2, 1), ("lowpass cutoff_hz=1800..3500", "compressor threshold_db=-22..-16 ratio=2..3")),
            Section("chords", (-5, -2), (room,)),
            Section("lead", (0, 2), (room,)),
        ),
        VINTAGE,
        arrangements,
    )


HORNS = (66, 65, 56, 66, 59, 64, 57)
ENSEMBLES = (
    _group("jazz quartet", HORNS, (0, 0, 0, 26, 4), (32, 32, 0), CLUB, ("combo", "waltz")),
    _group("jazz trio", (0,), (0,), (32, 40), CLUB, ("trio",)),
    _group("vibraphone quartet", (11, 11, 71), (0, 26), (32, 40), HALL, ("waltz", "combo")),
    _group("bossa group", (66, 73, 65, 24, 59), (24,), (0, 32), CLUB, ("bossa",)),
    _group("ballad quartet", (66, 59, 65, 57), (0, 0, 26), (40,), HALL, ("ballad",)),
    _group("hot strings", (40, 71, 26, 110), (26, 24), (40,), CLUB, ("string-swing",)),
    Ensemble(
        "big band",
        (
            Player("drums", (32, 0), "drums", is_drum=True),
            Player("bass", (32,), "rhythm"),
            Player("chords", (26, 0), "rhythm", (-5, -2)),
            Player("riff", (0,), "rhythm"),
            Player("lead", (65,), "reeds", pan=(-0.4, -0.1), layers=(71,)),
            Player("counter", (66,), "reeds", pan=(-0.5, -0.2)),
            Player("counter-2", (67, 66), "reeds", pan=(-0.6, -0.3)),
            Player("brass", (61, 56), "brass", pan=(0.1, 0.5), layers=(57,)),
            Player("pad", (61,), "brass"),
        ),
        (
            Section("drums", (-4, -2), (HALL,)),
            Section("rhythm", (-3, -1), (CLUB,)),
            Section("reeds", (-1, 1), (HALL,)),
            Section("brass", (-2, 0), (HALL,)),
        ),
        VINTAGE,
        ("big-band",),
    ),
)
