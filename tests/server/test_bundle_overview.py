"""The overview of a shipped bundle: its model card without the front matter that only the Hub reads."""

from pecmae.bundles.bundle import MODEL_CARD_FILE, load_bundle
from pecmae.paths import MODELS
from pecmae.server.bundle_overview import describe_bundle


def test_model_card_is_shown_without_its_front_matter() -> None:
    bundle = load_bundle(MODELS / "instruments")
    whole = (bundle.path / MODEL_CARD_FILE).read_text(encoding="utf-8")
    card = describe_bundle(bundle).model_card
    assert card and whole.startswith("---") and whole.strip().endswith(card)
    assert card.startswith(f"# {bundle.manifest.title}\n")
