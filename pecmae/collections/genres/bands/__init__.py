"""Who plays each genre and how it is produced: one table of ensembles a module, apart from what is composed."""

from pecmae.collections.genres.bands import blues, classical, country, disco, hip_hop, jazz, metal, pop, reggae, rock
from pecmae.collections.genres.ensembles import Ensemble

BANDS: dict[str, tuple[Ensemble, ...]] = {
    "blues": blues.ENSEMBLES,
    "classical": classical.ENSEMBLES,
    "country": country.ENSEMBLES,
    "disco": disco.ENSEMBLES,
    "hip-hop": hip_hop.ENSEMBLES,
    "jazz": jazz.ENSEMBLES,
    "metal": metal.ENSEMBLES,
    "pop": pop.ENSEMBLES,
    "reggae": reggae.ENSEMBLES,
    "rock": rock.ENSEMBLES,
}
