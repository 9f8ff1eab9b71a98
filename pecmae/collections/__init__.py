"""Collections of labelled audio: reading them, and composing and rendering our own. Serving never imports it."""
