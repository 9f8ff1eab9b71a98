"""Who plays a score and with which effects: voices, buses and effects as plain data.

Programs are General MIDI programs counted from 0. Each bus is rendered by itself, brought to a reference loudness,
processed by its effects, brought to that loudness again, and mixed at its `level_db`. The effects of `master` then
process the mix. `production` applies the effects.
"""

from dataclasses import dataclass

from pecmae.rendering.score import PERCUSSIVE_ROLES, base_role

# The kinds of effects, with their parameters and the defaults.
EFFECT_PARAMETERS: dict[str, dict[str, float]] = {
    "gain": {"gain_db": 0.0},
    "distortion": {"drive_db": 25.0},
    "clipping": {"threshold_db": -6.0},
    "cabinet": {"low_hz": 90.0, "high_hz": 4500.0},  # guitar loudspeaker: steep band-pass and a presence peak
    "highpass": {"cutoff_hz": 80.0},
    "lowpass": {"cutoff_hz": 6000.0},
    "low_shelf": {"cutoff_hz": 200.0, "gain_db": 0.0, "q": 0.7},
    "high_shelf": {"cutoff_hz": 4000.0, "gain_db": 0.0, "q": 0.7},
    "peak": {"cutoff_hz": 1000.0, "gain_db": 0.0, "q": 1.0},
    "compressor": {"threshold_db": -24.0, "ratio": 3.0, "attack_ms": 5.0, "release_ms": 120.0},
    "limiter": {"threshold_db": -6.0, "release_ms": 100.0},
    "chorus": {"rate_hz": 0.8, "depth": 0.25, "mix": 0.4},
    "phaser": {"rate_hz": 0.4, "depth": 0.5, "mix": 0.5},
    "vowels": {
        "rate_hz": 2.5,
        "mix": 0.9,
        "scale": 1.0,
        "consonants": 0.2,
    },  # sung syllables; `scale` moves the formants
    "tremolo": {"rate_hz": 5.0, "depth": 0.4},
    "delay": {"delay_s": 0.3, "feedback": 0.25, "mix": 0.25},
    "reverb": {"room_size": 0.4, "damping": 0.5, "wet": 0.2},
    "bitcrush": {"bits": 10.0},
    "lofi": {"sample_rate": 11025.0},  # low sample rate
    "vinyl": {"level_db": -50.0, "crackle": 0.5},  # hiss, rumble and crackles
    "brighten": {"amount_db": 8.0, "cutoff_hz": 2500.0},  # more treble where it is loud, less where it is soft
    "growl": {"rate_hz": 60.0, "depth": 0.4},  # singing into the reed: the sound times a low tone
    "breath": {
        "level_db": -30.0,
        "low_hz": 1500.0,
        "high_hz": 7000.0,
    },  # air or bow noise that follows the sound's level
    "room": {
        "rt60_s": 0.8,
        "wet_db": -9.0,
        "predelay_ms": 8.0,
        "damping": 0.5,
    },  # `wet_db` relative to the direct sound
    "noise": {"level_db": -60.0, "tilt_db": -3.0},  # noise floor; tilt in dB per octave
    "mp3": {"quality": 5.0},  # lossy codec: 0 is the best quality, 9 the worst
}


@dataclass(frozen=True)
class Patch:
    """How a voice differs from the soundfont's own instrument. The defaults change nothing.

    Attributes:
        soundfont: Name of the soundfont; empty for the track's soundfont.
        cutoff_cents: Offset of the low-pass filter's cut-off frequency.
        resonance_cb: Offset of the filter's resonance in centibels.
        attack: Offset of the attack time in time cents; 1200 doubles it.
        decay: Offset of the decay time in time cents.
        release: Offset of the release time in time cents.
        shift: Semitones by which the samples of lower notes are transposed up to the written pitch, which raises their
            formants. If negative, samples of higher notes are transposed down. Drums are tuned by it.
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
    """A singer that `singing` synthesises instead of a soundfont.

    Attributes:
        tract: Factor on the formants' frequencies; 1 is a typical woman.
        cluster_db: Strength of the singer's formant.
        tilt_db: Slope of the source's spectrum per octave at medium loudness; negative.
        breath_db: Level of the breath relative to the voice.
        vibrato_cents: Depth of the vibrato, in addition to the score's.
        vibrato_hz: Rate of the vibrato.
        jitter_cents: Depth of the irregular movement of the pitch.
        portamento_s: Duration of the glide between notes.
        syllable: Probability that a note begins a new syllable.
        consonants: Probability that a syllable begins with a consonant.
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


# The roles whose voices play a role for which an orchestration has no voice, in order of preference.
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
    """An effect: a kind of `EFFECT_PARAMETERS` and the parameters that differ from the defaults."""

    kind: str
    parameters: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        assert self.kind in EFFECT_PARAMETERS, f"no effect {self.kind!r}; there are {sorted(EFFECT_PARAMETERS)}"
        unknown = {name for name, _ in self.parameters} - EFFECT_PARAMETERS[self.kind].keys()
        assert not unknown, f"effect {self.kind!r} has no {sorted(unknown)}, but {sorted(EFFECT_PARAMETERS[self.kind])}"

    def value(self, name: str) -> float:
        """The value of a parameter, or its default."""
        return dict(self.parameters).get(name, EFFECT_PARAMETERS[self.kind][name])


def effect(kind: str, **parameters: float) -> Effect:
    """Make an effect from keyword arguments, such as `effect("reverb", room_size=0.7, wet=0.3)`.

    Args:
        kind: A kind of `EFFECT_PARAMETERS`.
        parameters: The parameters that differ from the defaults.

    Returns:
        The effect.
    """
    return Effect(kind, tuple(parameters.items()))


@dataclass(frozen=True)
class Bus:
    """A group of voices with common effects; `level_db` is its loudness in the mix relative to the other buses."""

    name: str
    effects: tuple[Effect, ...] = ()
    level_db: float = 0.0


@dataclass(frozen=True)
class Voice:
    """A player of a role.

    Attributes:
        role: The role in the score; several voices of one role double each other.
        program: General MIDI program; with `is_drum`, the drum kit (0 standard, 8 room, 16 power, 24 electronic,
            25 TR-808, 32 jazz, 40 brush, 48 orchestra).
        is_drum: Whether pitches are General MIDI percussion keys.
        transpose: Semitones added to every pitch.
        gain_db: Level within the bus, -40 to +6.
        pan: Position from -1 (left) to +1 (right).
        bus: Name of a bus of the orchestration.
        layers: Programs that double `program`.
        patch: How the programs differ from the soundfont's own.
        singer: Sings the part instead of the soundfont's programs, if not None.
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
    """Voices, buses, and the effects of the mix."""

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
        """Find the voices that play a role.

        If the role has no voices, its base role plays it (`lead` plays `lead-2`), otherwise one of the related roles,
        otherwise the first voice. Percussive roles are played by drum voices only, and pitched roles by pitched voices
        only. A role for which there is no such voice, such as drums in a string quartet, is silent.

        Args:
            role: A role of a score.

        Returns:
            The voices; empty if the role is silent.
        """
        kind = base_role(role)
        percussive = kind in PERCUSSIVE_ROLES
        able = tuple(voice for voice in self.voices if voice.is_drum == percussive)
        for candidate in (role, kind, *ROLE_RELATIVES.get(kind, ())):
            matching = tuple(voice for voice in able if voice.role == candidate)
            if matching:
                return matching
        return able[:1]
