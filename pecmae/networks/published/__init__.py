"""Loading the Hub's weights into the same classes."""
