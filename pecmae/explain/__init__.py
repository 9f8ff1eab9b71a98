"""Explaining a clip with a bundle."""
