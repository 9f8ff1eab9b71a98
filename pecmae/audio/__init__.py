"""Reading, cutting and writing sound; log-mel analysis."""
