"""Composing and rendering our own training music."""
