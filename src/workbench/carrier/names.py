"""Names of client companies, all invented."""

import numpy as np

from workbench.carrier.chance import stream

KINDS = (
    "Ateliers", "Établissements", "Société", "Maison", "Laboratoires", "Imprimerie", "Comptoir", "Mécanique",
    "Câblerie", "Électronique", "Optique", "Menuiserie", "Librairie", "Pépinières", "Textiles", "Conserverie",
    "Verrerie", "Studio",
)  # fmt: skip
FAMILIES = (
    "Aubrée", "Bessière", "Brémond", "Cazalis", "Chauvelin", "Colombier", "Courtillat", "Dargelès", "Desmoulières",
    "Épinoux", "Estagnol", "Fauvelle", "Ferrandier", "Garrigou", "Gélineau", "Guérinel", "Hautecœur", "Joubertin",
    "Kermadec", "Lachenaud", "Lavergnolle", "Lézardier", "Malaterre", "Marsouin", "Mirandol", "Nérondeau", "Oléron",
    "Pasquerel", "Peyrelade", "Quérigny", "Rambervil", "Rochebelle", "Sauvageot", "Séverac", "Tavernay", "Thévenard",
    "Urbanel", "Valcourtois", "Vaugelade", "Verdanson", "Villedary", "Yvernault",
)  # fmt: skip
ENDINGS = ("", "", "", " & Fils", " SAS", " Industrie", " Distribution", " Services", " et Cie", " France")


def company_names(seed: int, count: int) -> np.ndarray:
    """Invented company names, some of them the same, as happens among accounts (shape (count,), text)."""
    rng = stream(seed, "names")
    parts = [np.array(words)[rng.integers(0, len(words), count)] for words in (KINDS, FAMILIES, ENDINGS)]
    return np.array([f"{kind} {family}{ending}" for kind, family, ending in zip(*parts, strict=True)], dtype=object)
