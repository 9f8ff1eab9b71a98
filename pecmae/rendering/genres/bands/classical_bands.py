"""Classical ensembles: chamber groups, orchestras, keyboard instruments, choir and brass in a hall."""

from pecmae.rendering.genres.ensembles import Desk, Ensemble, Seat

HALL = "reverb room_size=0.6..0.9 damping=0.3..0.6 wet=0.2..0.38"
CHAMBER = "reverb room_size=0.4..0.65 damping=0.4..0.7 wet=0.14..0.26"


def _chamber(name: str, seats: tuple[Seat, ...], room: str, arrangements: tuple[str, ...]) -> Ensemble:
    return Ensemble(
        name, seats, (Desk("hall", (0, 0), (room,)),), ("high_shelf cutoff_hz=7000 gain_db=-3..1",), arrangements
    )


def _keyboard(name: str, programs: tuple[int, ...], room: str, arrangements: tuple[str, ...]) -> Ensemble:
    seats = (
        Seat("melody", programs[:1], "hall", (0, 2), (0.0, 0.2)),
        Seat("arpeggio", programs[:1], "hall", (-5, -2), (-0.2, 0.0)),
        Seat("counter", programs[:1], "hall", (-2, 0), (-0.2, 0.0)),
        Seat("chords", programs[:1], "hall", (-4, -2)),
        Seat("bass", programs[-1:], "hall", (-3, -1)),
    )
    return _chamber(name, seats, room, arrangements)


ENSEMBLES = (
    _chamber(
        "string quartet",
        (
            Seat("melody", (40,), "hall", (1, 3), (-0.5, -0.3)),
            Seat("counter", (40,), "hall", (-3, -1), (-0.2, 0.0)),
            Seat("strings", (41,), "hall", (-3, -1), (0.0, 0.2)),
            Seat("arpeggio", (41,), "hall", (-3, -1), (0.0, 0.2)),
            Seat("bass", (42,), "hall", (-1, 1), (0.3, 0.5)),
        ),
        CHAMBER,
        ("quartet",),
    ),
    _chamber(
        "symphony orchestra",
        (
            Seat("melody", (48, 49), "hall", (1, 3), (-0.4, -0.1), layers=(73,)),
            Seat("counter", (68, 71, 60, 73), "hall", (-2, 0), (0.0, 0.3)),
            Seat("strings", (48, 49), "hall", (-5, -3), (-0.2, 0.3)),
            Seat("chords", (46, 48), "hall", (-4, -2)),
            Seat("arpeggio", (48, 45, 71), "hall", (-5, -2), (-0.3, 0.3)),
            Seat("brass", (60, 61, 57), "hall", (-4, -1), (0.2, 0.5)),
            Seat("bass", (43, 48), "hall", (-2, 0), (0.2, 0.5)),
            Seat("bass-2", (47,), "hall", (-1, 2), (-0.2, 0.2)),
        ),
        HALL,
        ("orchestra", "waltz"),
    ),
    _chamber(
        "winds and strings",
        (
            Seat("melody", (73, 68, 71, 40), "hall", (1, 3), (-0.3, 0.1)),
            Seat("counter", (71, 70, 68), "hall", (-2, 0), (0.1, 0.4)),
            Seat("strings", (48, 45), "hall", (-4, -2), (-0.3, 0.3)),
            Seat("chords", (46,), "hall", (-4, -2)),
            Seat("arpeggio", (46, 48), "hall", (-4, -2)),
            Seat("bass", (43, 42, 70), "hall", (-2, 0), (0.2, 0.5)),
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
            Seat("melody", (52, 53), "hall", (0, 2), (-0.3, 0.0), layers=(19,)),
            Seat("counter", (52,), "hall", (-2, 0), (0.0, 0.3)),
            Seat("strings", (52,), "hall", (-2, 0), (0.1, 0.4)),
            Seat("bass", (52, 19), "hall", (-1, 1), (-0.3, 0.0)),
        ),
        HALL,
        ("chorale",),
    ),
    _chamber(
        "brass choir",
        (
            Seat("melody", (56,), "hall", (0, 2), (-0.3, 0.0)),
            Seat("counter", (56, 60), "hall", (-2, 0), (0.0, 0.3)),
            Seat("strings", (57, 60), "hall", (-2, 0), (0.1, 0.4)),
            Seat("bass", (58, 57), "hall", (-1, 1), (-0.3, 0.0)),
        ),
        HALL,
        ("chorale",),
    ),
    _chamber(
        "baroque orchestra",
        (
            Seat("melody", (40, 73, 68, 56), "hall", (1, 3), (-0.2, 0.2)),
            Seat("counter", (68, 40), "hall", (-2, 0), (0.1, 0.3)),
            Seat("strings", (48,), "hall", (-4, -2), (-0.3, 0.3)),
            Seat("chords", (6,), "hall", (-4, -1), (0.1, 0.3)),
            Seat("bass", (42, 43), "hall", (-2, 0), (0.2, 0.5)),
        ),
        CHAMBER,
        ("concerto",),
    ),
)
