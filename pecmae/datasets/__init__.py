"""Datasets of labelled audio: folders, CSV lists, GTZAN, Medley-solos-DB and rendered music."""
