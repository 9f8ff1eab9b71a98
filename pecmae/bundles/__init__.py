"""Bundles: what they hold, reading and writing them, the Hugging Face Hub."""
