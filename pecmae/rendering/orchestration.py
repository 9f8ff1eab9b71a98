"""Who plays a score and how it is treated: voices, buses and effects, as plain data.

Programs are General MIDI, counted from 0. Every bus is rendered on its own, brought to one reference loudness, treated
by its effects, brought there again, and mixed at its `level_db`; `master` then treats the sum. `production` turns the
effects into sound; nothing here does.
"""

from dataclasses import dataclass

from pecmae.rendering.score import PERCUSSIVE_ROLES, base_role

# Every kind of effect with its parameters and their defaults.
EFFECT_PARAMETERS: dict[str, dict[str, float]] = {
    "gain": {"gain_db": 0.0},
    "distortion": {"drive_db": 25.0},
    "clipping": {"threshold_db": -6.0},
    "cabinet": {"low_hz": 90.0, "high_hz": 4500.0},  # a guitar loudspeaker: steep band-pass and a presence peak
    "highpass": {"cutoff_hz": 80.0},
    "lowpass": {"cutoff_hz": 6000.0},
    "low_shelf": {"cutoff_hz": 200.0, "gain_db": 0.0, "q": 0.7},
    "high_shelf": {"cutoff_hz": 4000.0, "gain_db": 0.0, "q": 0.7},
    "peak": {"cutoff_hz": 1000.0, "gain_db": 0.0, "q": 1.0},
    "compressor": {"threshold_db": -24.0, "ratio": 3.0, "attack_ms": 5.0, "release_ms": 120.0},
    "limiter": {"threshold_db": -6.0, "release_ms": 100.0},
    "chorus": {"rate_hz": 0.8, "depth": 0.25, "mix": 0.4},
    "phaser": {"rate_hz": 0.4, "depth": 0.5, "mix": 0.5},
    "vowels": {"rate_hz": 2.5, "mix": 0.9, "scale": 1.0, "consonants": 0.2},  # sung syllables; scale moves the formants
    "tremolo": {"rate_hz": 5.0, "depth": 0.4},
    "delay": {"delay_s": 0.3, "feedback": 0.25, "mix": 0.25},
    "reverb": {"room_size": 0.4, "damping": 0.5, "wet": 0.2},
    "bitcrush": {"bits": 10.0},
    "lofi": {"sample_rate": 11025.0},  # resampled down and up again
    "vinyl": {"level_db": -50.0, "crackle": 0.5},  # hiss, rumble and crackles under the music
    "brighten": {"amount_db": 8.0, "cutoff_hz": 2500.0},  # the loud parts gain highs, the soft ones lose them
    "growl": {"rate_hz": 60.0, "depth": 0.4},  # a voice that sings into the reed: the sound times a low tone
    "breath": {
        "level_db": -30.0,
        "low_hz": 1500.0,
        "high_hz": 7000.0,
    },  # noise of air or bow, as loud as the sound asks
    "room": {"rt60_s": 0.8, "wet_db": -9.0, "predelay_ms": 8.0, "damping": 0.5},  # wet against direct sound
    "noise": {"level_db": -60.0, "tilt_db": -3.0},  # a noise floor; tilt in dB an octave
    "mp3": {"quality": 5.0},  # a lossy codec: 0 is the best, 9 the worst
}


@dataclass(frozen=True)
class Patch:
    """How a voice differs from the soundfont's own instrument; the defaults leave it as it is.

    Attributes:
        soundfont: The soundfont's name; empty for the track's.
        cutoff_cents: Offset of the low-pass filter's cut-off.
        resonance_cb: Offset of its resonance in centibels.
        attack: Offset of the attack in time cents: 1200 doubles it.
        decay: Of the decay.
        release: Of the release.
        shift: Semitones by which lower samples are played up to the written pitch, which moves their formants (below 0:
            higher samples, played down). Drums are only tuned by it.
        detune_cents: Offset of the pitch.
    """

    soundfont: str = ""
    cutoff_cents: float = 0.0
    resonance_cb: float = 0.0
    attack: float = 0.0
    decay: float = 0.0
    release: float = 0.0
    shift: int = 0
    detune_cents: float = 0.0


@dataclass(frozen=True)
class Singer:
    """A sung voice that `singing` computes, in place of a soundfont's.

    Attributes:
        tract: Scale of the formants' frequencies, 1 a woman's.
        cluster_db: Strength of the singer's formant.
        tilt_db: Fall of the source's spectrum per octave at middle loudness, below 0.
        breath_db: Level of the breath against the voice.
        vibrato_cents: Depth of the vibrato, beside the score's.
        vibrato_hz: Its rate.
        jitter_cents: Irregular movement of the pitch.
        portamento_s: Time from one note to the next.
        syllable: Share of the notes that begin a new syllable.
        consonants: Share of the syllables with a consonant.
    """

    tract: float = 1.0
    cluster_db: float = 6.0
    tilt_db: float = -10.0
    breath_db: float = -38.0
    vibrato_cents: float = 40.0
    vibrato_hz: float = 5.6
    jitter_cents: float = 6.0
    portamento_s: float = 0.06
    syllable: float = 0.7
    consonants: float = 0.5


# Where a role goes that an orchestration doesn't know: the first of these that it has.
ROLE_RELATIVES: dict[str, tuple[str, ...]] = {
    "bass": ("riff", "chords"),
    "chords": ("pad", "arpeggio", "strings", "riff"),
    "riff": ("chords", "lead", "arpeggio"),
    "lead": ("melody", "brass", "riff", "strings"),
    "melody": ("lead", "strings", "brass"),
    "pad": ("strings", "chords"),
    "strings": ("pad", "chords", "melody"),
    "brass": ("strings", "lead", "chords"),
    "arpeggio": ("chords", "riff", "pad"),
    "counter": ("lead", "melody", "strings"),
    "drums": ("percussion",),
    "percussion": ("drums",),
}


@dataclass(frozen=True)
class Effect:
    """One treatment: a kind of `EFFECT_PARAMETERS` and the parameters that differ from the defaults."""

    kind: str
    parameters: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        assert self.kind in EFFECT_PARAMETERS, f"no effect {self.kind!r}; there are {sorted(EFFECT_PARAMETERS)}"
        unknown = {name for name, _ in self.parameters} - EFFECT_PARAMETERS[self.kind].keys()
        assert not unknown, f"effect {self.kind!r} has no {sorted(unknown)}, but {sorted(EFFECT_PARAMETERS[self.kind])}"

    def value(self, name: str) -> float:
        """A parameter's value, the default where none is given."""
        return dict(self.parameters).get(name, EFFECT_PARAMETERS[self.kind][name])


def effect(kind: str, **parameters: float) -> Effect:
    """Write an effect with its parameters by name: `effect("reverb", room_size=0.7, wet=0.3)`."""
    return Effect(kind, tuple(parameters.items()))


@dataclass(frozen=True)
class Bus:
    """A group of voices that share effects; `level_db` is its loudness in the mix against the other buses."""

    name: str
    effects: tuple[Effect, ...] = ()
    level_db: float = 0.0


@dataclass(frozen=True)
class Voice:
    """Who plays a role.

    Attributes:
        role: The role of the score; several voices of one role double each other.
        program: General MIDI program, or the drum kit where `is_drum` (0 standard, 8 room, 16 power, 24 electronic,
            25 TR-808, 32 jazz, 40 brush, 48 orchestra).
        is_drum: Whether pitches are percussion keys.
        transpose: Semitones added to every pitch.
        gain_db: Level within the bus, -40 to +6.
        pan: -1 left to +1 right.
        bus: Name of a bus of the orchestration.
        layers: Programs that sound together with `program`.
        patch: How they differ from the soundfont's own.
        singer: Sings the part in place of the soundfont; the programs then don't sound.
    """

    role: str
    program: int
    is_drum: bool = False
    transpose: int = 0
    gain_db: float = 0.0
    pan: float = 0.0
    bus: str = "main"
    layers: tuple[int, ...] = ()
    patch: Patch = Patch()
    singer: Singer | None = None


@dataclass(frozen=True)
class Orchestration:
    """Voices, buses and the treatment of the sum."""

    name: str
    voices: tuple[Voice, ...]
    buses: tuple[Bus, ...] = (Bus("main"),)
    master: tuple[Effect, ...] = ()

    def __post_init__(self) -> None:
        names = [bus.name for bus in self.buses]
        assert len(set(names)) == len(names), f"two buses of {self.name!r} share a name: {names}"
        missing = {voice.bus for voice in self.voices} - set(names)
        assert not missing, f"voices of {self.name!r} use unknown buses {sorted(missing)}"

    def voices_for(self, role: str) -> tuple[Voice, ...]:
        """The voices that play a role.

        A numbered role without voices of its own goes to its kind (`lead-2` to `lead`), a kind without voices to its
        relatives, and then to any voice. Drums only ever go to drum voices and notes to pitched ones; what is left
        without a voice, such as the drums in a string quartet, is silent.

        Args:
            role: A role of a score.

        Returns:
            The voices; empty where the role is to be silent.
        """
        kind = base_role(role)
        percussive = kind in PERCUSSIVE_ROLES
        able = tuple(voice for voice in self.voices if voice.is_drum == percussive)
        for candidate in (role, kind, *ROLE_RELATIVES.get(kind, ())):
            matching = tuple(voice for voice in able if voice.role == candidate)
            if matching:
                return matching
        return able[:1]
