"""Generative autoencoders and prototype networks, and loading their weights."""
