"""Measuring: metrics, baselines, tables."""
