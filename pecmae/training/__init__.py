"""Training autoencoders and prototypes, and building bundles."""
