"""Automatic call distribution: `choose` decides (pure), `queue` does."""
