"""The networks: generative autoencoders, prototypes, and what loads their weights."""
