"""English texts that the page shows but doesn't write itself: names and sentences of bundles and of the server.

`{name}` stands for what varies, which may be a known text too. Texts that aren't here stay English on the page.
"""

from pecmae.networks.configuration import NO_DECODER
from pecmae.networks.musicnn import MSD_TAGS

CLASSES = (
    "blues", "classical", "country", "disco", "hip hop", "jazz", "metal", "pop", "reggae", "rock",
    "clarinet", "distorted electric guitar", "female singer", "flute", "piano", "tenor saxophone", "trumpet", "violin",
)  # fmt: skip
"""Names of the shipped bundles' classes."""

BUNDLES = (
    "Rendered genres",
    "GTZAN excerpts",
    "Recorded solos of eight instruments",
    "{n} recorded excerpts in {n_classes} genres of the dataset {dataset}.",
    "{n} recorded clips in {n_classes} instrument classes of the dataset {dataset}.",
    "{n} tracks in {n_classes} classes of the dataset {dataset}.",
    "{n} tracks in {n_classes} genres, composed and rendered by this project's own code; no recordings.",
    "{n} tracks in {n_classes} instrument classes, composed and rendered by this project's own code; no recordings.",
    "{caution} Its accuracy was measured on {n} tracks only, so it may be far from the true one.",
    "This model learned its classes only from music rendered by a program. On recordings, read its scores as "
    "resemblance to that rendered music, not as a judgement of genre.",
    "This model learned its classes from solos: most were rendered by a program or put together from recorded notes. "
    "On recordings, read its scores as resemblance to those solos, not as a judgement of which instrument plays.",
    "This model learned its classes from short excerpts of few tracks per genre, as one collector labelled them before "
    "2002. Read its scores as resemblance to those tracks, not as a judgement of genre.",
    "This model knows only the dataset that it learned from. On other recordings, read its scores as resemblance to "
    "that dataset.",
    NO_DECODER,
)
"""What bundles say of themselves."""

COUNTERFACTUALS = (
    "Composed and rendered by PECMAE Explorer with FluidSynth and the soundfonts FluidR3 GM (Frank Wen, MIT) and "
    "MuseScore General (S. Christian Collins and others, MIT).",
    "Of {n} clips ({compositions} compositions, each with the instruments of {genres} other genres), the model "
    "predicted the instruments' genre in {band} % and the composition's genre in {score} %.",
    "{shuffled} For comparison, two neighbouring unshuffled excerpts of a piece get the same genre in {agreement} of "
    "cases.",
    "We took {n} four-second excerpts from pieces that the model wasn't trained on, cut each into blocks of a quarter "
    "of a second, and shuffled the blocks. {kept} % of the excerpts kept their predicted genre.",
)
"""Results of the tab "Test the model"."""

TRACK = (
    "{file} is incomplete: at least {missing} bytes are missing at its end; export or download it again.",
    "{file} is incomplete: its header states {promised} s, but only {read} s can be decoded; export or download it "
    "again.",
    "{file} contains no sound; give a file with an audio track.",
    "The sample rate of {file} changes from {first} to {second} Hz within the file; convert it to wav or flac.",
    "{file} isn't audio that can be read here, or it is incomplete; give a wav, flac, ogg, mp3 or m4a file.",
    "{file} has a sample rate of {rate} Hz; rates from {lowest} to {highest} Hz can be read, so convert it to 44,100 "
    "Hz.",
    "{file} has {size} MB; up to {limit} MB are accepted, so trim it or compress it as ogg, mp3 or flac.",
    "The upload",
    "{file} is empty (0 bytes); choose the file again or export it again.",
    "{file} contains samples that aren't numbers (NaN or infinite); export it again.",
    "{file} contains samples up to {peak}, where full scale is 1; normalise it and export it again.",
    "{file} contains no samples (0 s); choose another file or export it again.",
    "{file} is {duration} long; at least {least} is needed, so give a longer clip.",
    "{file} is silent: its mono mix peaks at {level} dBFS, but a peak of at least {least} dBFS is needed; check the "
    "recording level or choose another file.",
    "{file} is silent: its mono mix is constant, but a peak of at least {least} dBFS is needed; check the recording "
    "level or choose another file.",
    "{file} is silent: no segment of {segment} s reaches {least} dBFS; check the recording level or choose another "
    "file.",
    "{file} is {duration} long; up to {limit} is accepted, so trim it or ask for its first {part} only.",
    "{file} is longer than {duration}; up to {limit} is accepted, so trim it or ask for its first {part} only.",
    "The file is {duration} long; only its first {part} was analysed.",
    "The file is longer; only its first {part} was analysed.",
    "The clip is {duration} long; it was repeated to fill one segment of {segment} s.",
    "1 segment is silent (below {level} dBFS) and isn't used for the scores.",
    "{n} segments are silent (below {level} dBFS) and aren't used for the scores.",
)
"""Errors and notes on a visitor's track."""

SERVER = (
    "The server failed unexpectedly; try again, and see the server's log if it fails again.",
    "This server already keeps as many uploaded files as it can; try again in a few minutes.",
    "The server has no such file; upload it, and use it once within {minutes} minutes.",
    "The weights of {name} are still being fetched ({progress}); try again in a minute.",
    "MusiCNN's weights ({requirement}) couldn't be fetched with pip ({reason}): check the network and run `{command}`.",
    "MusiCNN's weights aren't on this machine and fetching is switched off by {variable}: run `{command}` once with a "
    "network connection.",
    "MusiCNN's weights can't be kept in {folder} ({reason}): correct that or set {variable} to another folder, and run "
    "`{command}`.",
    "{file} is damaged; delete it and run `{command}`.",
    "The fetched {file} doesn't match its hash: fetch it again.",
    "There is no bundle {name}; the known ones are: {names}.",
    "There is no bundle in the models folder {folder}; restore the repository's models, train a bundle with `python -m "
    "pecmae train`, or set PECMAE_MODELS.",
    "{bundle} is still being downloaded from the Hugging Face Hub; try again in a minute.",
    "The transfer of {bundle} failed ({reason}); try again.",
)
"""Errors of the server that any visitor can meet."""

COLLECTION = (
    "Give every class a name.",
    "Add classes: at least {n} are needed.",
    "At most {n} classes are allowed. Remove some, or give two of them the same name.",
    "Each class needs at least {n} clips. Clips to add: {missing}.",
    "At most {n} clips are allowed; add fewer.",
    "Your recordings are larger than {size} MB in total, which is the most that this server accepts; give fewer or "
    "shorter clips, or compress them as ogg, mp3 or flac.",
    "This server already holds as many recordings as it can; try again within the hour, or run the explorer on your "
    "own machine.",
    "Your collection isn't built yet; wait until it is ready.",
    "This server no longer has your collection, because collections are removed an hour after their last use; build "
    "it again, or load the bundle that you downloaded.",
    "This server accepts no collections; run the explorer on your own machine to build one.",
    "This server already keeps {n} collections, which is its limit; try again within the hour, or run the explorer on "
    "your own machine.",
    "{n} other collections are already waiting to be built; try again in a few minutes, or run the explorer on your "
    "own machine.",
    "Training took longer than {duration} and was stopped; give fewer or shorter clips.",
    "Training stopped unexpectedly; try again, and give fewer clips if it stops again.",
    "The clips are longer than {duration} in total, which is the most that this server accepts; give fewer or shorter "
    "clips.",
    "The zip contains {n} classes; give at most {most} classes.",
    "The zip contains {n} clips; give at most {most} clips.",
    "{file} can't be opened as a zip; pack the folders again as a plain zip.",
    "The zip is protected by a password; pack the folders again without a password.",
    "The zip is damaged at {path}; pack the folders again and send the new zip.",
    "The zip contains the path {path}, which leads out of the zip; pack the folders again.",
    "The unpacked zip exceeds this server's limit (at {path}); give fewer or shorter clips, or compress them as ogg, "
    "mp3 or flac.",
    "The bundle in {file} is damaged or was changed ({reason}); download it again, or build it again from its "
    "recordings.",
    "This bundle needs the autoencoder {name}, which this server doesn't have; open it with an explorer that has a "
    "bundle of the same autoencoder.",
    "This bundle was built with another version of the autoencoder {name}; build it again from its recordings.",
    "This bundle doesn't fit the autoencoder {name} that it names; build it again from its recordings.",
    "This bundle can't explain audio, because its numbers are too large; build it again from its recordings.",
    "The same recording is in several classes and was left out: {clips}.",
    "1 file that isn't audio was left out: {files}.",
    "{n} files that aren't audio were left out: {files}.",
    "1 clip outside the class folders was left out: {files}.",
    "{n} clips outside the class folders were left out: {files}.",
    "1 clip larger than {size} MB was left out: {files}.",
    "{n} clips larger than {size} MB were left out: {files}.",
    "1 clip that repeats another of its class was left out: {files}.",
    "{n} clips that repeat others of their class were left out: {files}.",
    "Left out of {class}: {reason}",
)
"""Errors and notes on a visitor's collection."""

SENTENCES = (*BUNDLES, *COUNTERFACTUALS, *TRACK, *SERVER, *COLLECTION)
KNOWN = (*CLASSES, *(tag for tag in MSD_TAGS if tag not in CLASSES), *SENTENCES)
