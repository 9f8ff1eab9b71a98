"""PECMAE Explorer: explain how a prototype-based music classifier decides.

The method is PECMAE (Alonso-Jiménez et al., arXiv 2402.09318): prototypes learned in the latent space of a frozen
generative autoencoder, so that what the classifier compares a track with can be played.
"""

__version__ = "0.1.0"
