"""Write a score and an orchestration as a Standard MIDI File.

Every voice and every layer has a channel and a track of its own. The first drum voice has channel 10 (9 if counted from
0). Other drum voices get melodic channels and bank 127, which selects drum kits under the XG rules that `fluidsynth`
follows.
"""

from dataclasses import dataclass
from io import BytesIO

import mido

from pecmae.rendering.orchestration import Orchestration, Voice
from pecmae.rendering.score import BEND_RANGE_CENTS, Part, Score, without_overlaps

TICKS_PER_BEAT = 480
DRUM_CHANNEL = 9
N_CHANNELS = 16
# Numbers of SoundFont 2 generators.
FILTER_CUTOFF, FILTER_RESONANCE, ATTACK, DECAY, RELEASE, COARSE_TUNE, FINE_TUNE = 8, 9, 34, 36, 38, 51, 52
UNITY_VOLUME = 90  # controller 7 at 0 dB; leaves 6 dB of headroom


@dataclass(frozen=True)
class _Channel:
    """A channel, with the voice, program and part that play on it."""

    number: int
    voice: Voice
    program: int
    part: Part


def build_midi(
    score: Score,
    orchestration: Orchestration,
    *,
    bus: str | None = None,
    soundfont: str | None = None,
    tuning_cents: float = 0.0,
) -> mido.MidiFile:
    """Write a score for its voices.

    Args:
        score: What is played.
        orchestration: Who plays it.
        bus: Write only the voices of this bus; all if None.
        soundfont: Write only the voices whose patch names this soundfont, transposed by their patches' shift; if None,
            all voices at the written pitch.
        tuning_cents: Offset of the pitched voices from A = 440 Hz, -100 to 100.

    Returns:
        A type 1 file: a track for the tempo, then one track per channel.

    Raises:
        ValueError: The voices and layers need more than 16 channels.
    """
    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    end = round(score.beats * TICKS_PER_BEAT)
    head = [
        (0, mido.MetaMessage("track_name", name=score.title)),
        (0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(score.tempo_bpm))),
    ]
    midi.tracks.append(_track(head, end))
    for channel in _channels(score, orchestration, bus, soundfont):
        shift = 0 if soundfont is None or channel.voice.is_drum else -channel.voice.patch.shift
        midi.tracks.append(_track(_setup(channel, tuning_cents) + _events(channel, end, shift), end))
    return midi


def generators_for(
    score: Score, orchestration: Orchestration, *, bus: str, soundfont: str
) -> tuple[tuple[int, int, float], ...]:
    """Collect the patches' offsets for the channels of `build_midi` with the same arguments.

    Args:
        score: What is played.
        orchestration: Who plays it.
        bus: The bus of the voices.
        soundfont: The soundfont of the voices.

    Returns:
        Channel, number of the SoundFont 2 generator, and offset in its unit, for every offset other than 0.
    """
    generators = []
    for channel in _channels(score, orchestration, bus, soundfont):
        patch = channel.voice.patch
        offsets = (
            (FILTER_CUTOFF, patch.cutoff_cents),
            (FILTER_RESONANCE, patch.resonance_cb),
            (ATTACK, patch.attack),
            (DECAY, patch.decay),
            (RELEASE, patch.release),
            (COARSE_TUNE, float(patch.shift)),
            (FINE_TUNE, patch.detune_cents),
        )
        generators += [(channel.number, number, value) for number, value in offsets if value]
    return tuple(generators)


def midi_bytes(midi: mido.MidiFile) -> bytes:
    """Encode a file; the same score and orchestration give the same bytes.

    Args:
        midi: The file.

    Returns:
        Its contents.
    """
    buffer = BytesIO()
    midi.save(file=buffer)
    return buffer.getvalue()


def sounding_buses(score: Score, orchestration: Orchestration) -> tuple[str, ...]:
    """Find the buses that some part of a score is played on.

    Args:
        score: What is played.
        orchestration: Who plays it.

    Returns:
        Names of the buses, in the orchestration's order.
    """
    used = {voice.bus for part in score.parts if part.notes for voice in orchestration.voices_for(part.role)}
    return tuple(bus.name for bus in orchestration.buses if bus.name in used)


def _channels(score: Score, orchestration: Orchestration, bus: str | None, soundfont: str | None) -> list[_Channel]:
    melodic = iter([number for number in range(N_CHANNELS) if number != DRUM_CHANNEL])
    drum_channel_free = True
    channels = []
    for part in score.parts:
        for voice in orchestration.voices_for(part.role):
            if not part.notes or bus not in (None, voice.bus):
                continue
            if soundfont is not None and (voice.singer is not None or voice.patch.soundfont != soundfont):
                continue
            for program in (voice.program, *voice.layers):
                if voice.is_drum and drum_channel_free:
                    number, drum_channel_free = DRUM_CHANNEL, False
                else:
                    number = next(melodic, -1)
                if number < 0:
                    raise ValueError(
                        f"{orchestration.name!r} needs more than {N_CHANNELS} channels for {score.title!r}"
                    )
                channels.append(_Channel(number, voice, program, part))
    return channels


def _setup(channel: _Channel, tuning_cents: float) -> list[tuple[int, mido.Message]]:
    """Bank, program, volume, pan, bend range and tuning, all at tick 0."""
    voice = channel.voice
    volume = min(127, max(1, round(UNITY_VOLUME * 10 ** (voice.gain_db / 40))))
    controls = [(7, volume), (10, min(127, max(0, round(64 + 63 * voice.pan))))]
    controls += [(101, 0), (100, 0), (6, round(BEND_RANGE_CENTS / 100)), (38, 0)]
    if tuning_cents and not voice.is_drum:
        fine = min(16383, max(0, round(8192 + 8192 * tuning_cents / 100)))
        controls += [(101, 0), (100, 1), (6, fine >> 7), (38, fine & 127)]
    controls += [(101, 127), (100, 127)]
    messages = [mido.Message("program_change", channel=channel.number, program=channel.program)]
    if voice.is_drum and channel.number != DRUM_CHANNEL:
        messages.insert(0, _control(channel, 0, 127))
    messages += [_control(channel, number, value) for number, value in controls]
    return [(0, message) for message in messages]


def _events(channel: _Channel, end: int, shift: int) -> list[tuple[int, mido.Message]]:
    part, number = channel.part, channel.number
    events = []
    for control in part.controls:
        events.append((_tick(control.beat), _control(channel, control.number, min(127, max(0, control.value)))))
    for bend in part.bends:
        wheel = min(8191, max(-8192, round(8192 * bend.cents / BEND_RANGE_CENTS)))
        events.append((_tick(bend.beat), mido.Message("pitchwheel", channel=number, pitch=wheel)))
    for note in without_overlaps(part.notes):
        pitch = note.pitch + (0 if channel.voice.is_drum else channel.voice.transpose + shift)
        start = _tick(note.start_beat)
        if not 0 <= pitch <= 127 or start >= end:
            continue
        velocity = min(127, max(1, note.velocity))
        stop = min(end, max(start + 1, _tick(note.start_beat + note.duration_beats)))
        events.append((start, mido.Message("note_on", channel=number, note=pitch, velocity=velocity)))
        events.append((stop, mido.Message("note_off", channel=number, note=pitch, velocity=0)))
    return events


def _track(events: list[tuple[int, mido.Message]], end: int) -> mido.MidiTrack:
    """A track of events until `end`. At one tick, notes end first, then controllers change, then notes start."""
    rank = {"note_off": 0, "note_on": 2}
    track = mido.MidiTrack()
    now = 0
    for tick, message in sorted(events, key=lambda event: (event[0], rank.get(event[1].type, 1))):
        if tick > end:
            break
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=end - now))
    return track


def _control(channel: _Channel, number: int, value: int) -> mido.Message:
    return mido.Message("control_change", channel=channel.number, control=number, value=value)


def _tick(beat: float) -> int:
    return max(0, round(beat * TICKS_PER_BEAT))
