"""Where things lie in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RECORDINGS = ROOT / "tests" / "fixtures" / "ollama-wire"
"""What a real Ollama server answered, for `rag.testing.replay.ReplayServer`."""
