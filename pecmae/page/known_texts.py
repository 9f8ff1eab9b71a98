"""English texts that the page shows but doesn't write itself; `texts/es.po` translates them too."""

DATA = (
    "blues",
)
"""Texts of the shipped bundles and of MusiCNN: names of classes and tags, titles, sentences. Context `data`."""

SERVER = (
    "{file} is empty (0 bytes); choose the file again or export it again.",
)
"""Sentences of the server, with `{name}` for what varies; what varies may be one of these texts. Context `server`."""
