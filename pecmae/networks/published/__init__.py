"""Load published weights into the same classes."""
