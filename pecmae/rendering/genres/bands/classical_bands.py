"""Classical ensembles: chamber groups, orchestras, keyboard instruments, choir and brass in a hall."""

from pecmae.rendering.genres.ensembles import Ensemble, Player, Section

HALL = "reverb room_size=0.6..0.9 damping=0.3..0.6 wet=0.2..0.38"
CHAMBER = "reverb room_size=0.4..0.65 damping=0.4..0.7 wet=0.14..0.26"


def _chamber(name: str, players: tuple[Player, ...], room: str, arrangements: tuple[str, ...]) -> Ensemble:
    return Ensemble(
        name, players, (Section("hall", (0, 0), (room,)),), ("high_shelf cutoff_hz=7000 gain_db=-3..1",), arrangements
    )


def _keyboard(name: str, programs: tuple[int, ...], room: str, arrangements: tuple[str, ...]) -> Ensemble:
    players = (
        Player("melody", programs[:1], "hall", (0, 2), (0.0, 0.2)),
        Player("arpeggio", programs[:1], "hall", (-5, -2), (-0.2, 0.0)),
        Player("counter", programs[:1], "hall", (-2, 0), (-0.2, 0.0)),
        Player("chords", programs[:1], "hall", (-4, -2)),
        Player("bass", programs[-1:], "hall", (-3, -1)),
    )
    return _chamber(name, players, room, arrangements)


ENSEMBLES = (
    _chamber(
        "string quartet",
        (
            Player("melody", (40,), "hall", (1, 3), (-0.5, -0.3)),
            Player("counter", (40,), "hall", (-3, -1), (-0.2, 0.0)),
            Player("strings", (41,), "hall", (-3, -1), (0.0, 0.2)),
            Player("arpeggio", (41,), "hall", (-3, -1), (0.0, 0.2)),
            Player("bass", (42,), "hall", (-1, 1), (0.3, 0.5)),
        ),
        CHAMBER,
        ("quartet",),
    ),
    _chamber(
        "symphony orchestra",
        (
            Player("melody", (48, 49), "hall", (1, 3), (-0.4, -0.1), layers=(73,)),
            Player("counter", (68, 71, 60, 73), "hall", (-2, 0), (0.0, 0.3)),
            Player("strings", (48, 49), "hall", (-5, -3), (-0.2, 0.3)),
            Player("chords", (46, 48), "hall", (-4, -2)),
            Player("arpeggio", (48, 45, 71), "hall", (-5, -2), (-0.3, 0.3)),
            Player("brass", (60, 61, 57), "hall", (-4, -1), (0.2, 0.5)),
            Player("bass", (43, 48), "hall", (-2, 0), (0.2, 0.5)),
            Player("bass-2", (47,), "hall", (-1, 2), (-0.2, 0.2)),
        ),
        HALL,
        ("orchestra", "waltz"),
    ),
    _chamber(
        "winds and strings",
        (
            Player("melody", (73, 68, 71, 40), "hall", (1, 3), (-0.3, 0.1)),
            Player("counter", (71, 70, 68), "hall", (-2, 0), (0.1, 0.4)),
            Player("strings", (48, 45), "hall", (-4, -2), (-0.3, 0.3)),
            Player("chords", (46,), "hall", (-4, -2)),
            Player("arpeggio", (46, 48), "hall", (-4, -2)),
            Player("bass", (43, 42, 70), "hall", (-2, 0), (0.2, 0.5)),
        ),
        HALL,
        ("waltz", "quartet"),
    ),
    _keyboard("concert grand", (0, 0), CHAMBER, ("sonata", "nocturne", "invention")),
    _keyboard("bright grand", (1, 1), CHAMBER, ("sonata",)),
    _keyboard("harpsichord", (6, 6), CHAMBER, ("invention", "invention")),
    _keyboard("church organ", (19, 19), HALL, ("invention", "chorale")),
    _chamber(
        "choir",
        (
            Player("melody", (52, 53), "hall", (0, 2), (-0.3, 0.0), layers=(19,)),
            Player("counter", (52,), "hall", (-2, 0), (0.0, 0.3)),
            Player("strings", (52,), "hall", (-2, 0), (0.1, 0.4)),
            Player("bass", (52, 19), "hall", (-1, 1), (-0.3, 0.0)),
        ),
        HALL,
        ("chorale",),
    ),
    _chamber(
        "brass choir",
        (
            Player("melody", (56,), "hall", (0, 2), (-0.3, 0.0)),
            Player("counter", (56, 60), "hall", (-2, 0), (0.0, 0.3)),
            Player("strings", (57, 60), "hall", (-2, 0), (0.1, 0.4)),
            Player("bass", (58, 57), "hall", (-1, 1), (-0.3, 0.0)),
        ),
        HALL,
        ("chorale",),
    ),
    _chamber(
        "baroque orchestra",
        (
            Player("melody", (40, 73, 68, 56), "hall", (1, 3), (-0.2, 0.2)),
            Player("counter", (68, 40), "hall", (-2, 0), (0.1, 0.3)),
            Player("strings", (48,), "hall", (-4, -2), (-0.3, 0.3)),
            Player("chords", (6,), "hall", (-4, -1), (0.1, 0.3)),
            Player("bass", (42, 43), "hall", (-2, 0), (0.2, 0.5)),
        ),
        CHAMBER,
        ("concerto",),
    ),
)
