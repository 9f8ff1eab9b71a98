"""The HTTP API, its schemas, jobs, uploads and settings."""
