"""Data-driven electrocardiographic imaging: simulated beats, inverse methods, and their evaluation.

Its packages, each of which imports only from those before it: `core`, `anatomy`, `physics`, `io`, `data`,
`models`, `inverse`, `evaluation`, `config`, `reporting`. See docs/architecture.md.
"""

__version__ = "0.1.0"
