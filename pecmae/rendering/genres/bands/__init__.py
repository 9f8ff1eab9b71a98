"""The ensembles of each genre: who plays, and how it is produced. Each module has the ensembles of one genre."""

from pecmae.rendering.genres.bands import (
    blues_bands,
    classical_bands,
    country_bands,
    disco_bands,
    hip_hop_bands,
    jazz_bands,
    metal_bands,
    pop_bands,
    reggae_bands,
    rock_bands,
)
from pecmae.rendering.genres.ensembles import Ensemble

BANDS: dict[str, tuple[Ensemble, ...]] = {
    "blues": blues_bands.ENSEMBLES,
    "classical": classical_bands.ENSEMBLES,
    "country": country_bands.ENSEMBLES,
    "disco": disco_bands.ENSEMBLES,
    "hip-hop": hip_hop_bands.ENSEMBLES,
    "jazz": jazz_bands.ENSEMBLES,
    "metal": metal_bands.ENSEMBLES,
    "pop": pop_bands.ENSEMBLES,
    "reggae": reggae_bands.ENSEMBLES,
    "rock": rock_bands.ENSEMBLES,
}
