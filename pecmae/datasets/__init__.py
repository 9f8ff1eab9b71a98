"""Datasets of labelled audio: folders, lists, GTZAN and Medley-solos-DB."""
