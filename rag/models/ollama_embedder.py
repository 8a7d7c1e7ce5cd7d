"""An embedding model on an Ollama server as an `Embedder`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from rag.core.errors import ContextOverflow, ModelError, ServerBusy, ServerUnreachable
from rag.core.fingerprint import Fingerprint
from rag.core.ports import Matrix, Vector
from rag.models.embedding_prompts import prompts_for
from rag.models.ollama import OllamaServer
from rag.models.ollama_errors import status_error, transport_error
from rag.models.tokens import estimate_tokens
from rag.models.unit_vectors import unit_rows

AT_ONCE: Final = 16
"""Documents in one request: small enough that a processor is done with them in time, and a question gets in between."""
SECONDS: Final = 300.0
"""For one request, loading the model included."""
_WAITS: Final = (1.0, 3.0, 10.0)
"""Seconds before documents are sent again to a server that is busy or restarts: nobody waits for each of them."""


class OllamaEmbedder:
    """A model that the server has. Its context length, dimension and digest are the server's; prompts go by its family.

    Args:
        model: its name on the server, e.g. "nomic-embed-text".

    Raises:
        ModelError: unreachable, not pulled, or a model that gives no embeddings.
    """

    def __init__(self, model: str, server: OllamaServer) -> None:
        self.name = f"ollama:{model}"
        self._model = model
        self._server = server
        self._prompts = prompts_for({}, (model,))
        self.max_tokens: int = server.show(model).context_length
        self._digest = server.digest(model)
        self.dimension: int = len(self.encode_query("probe"))

    def encode_query(self, text: str) -> Vector:
        """Embed a question; float32, shape (dimension,), length 1.

        Raises:
            ModelError: unreachable, not pulled, busy, or too slow; `ContextOverflow` when it is longer than is read.
        """
        try:
            found: Vector = self._ask([f"{self._prompts.query}{text}"])[0]
        except ContextOverflow as error:
            raise ContextOverflow(
                f"The question is longer than what '{self._model}' reads.", "Ask it in fewer words."
            ) from error
        return found

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """Embed texts; float32, shape (len(texts), dimension), rows of length 1.

        A busy or restarting server is asked again a few times.

        Raises:
            ModelError: unreachable, not pulled, busy, or too slow.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        prompted = [f"{self._prompts.document}{text}" for text in texts]
        return np.concatenate([self._patiently(prompted[at : at + AT_ONCE]) for at in range(0, len(texts), AT_ONCE)])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """An estimate on the high side, with the documents' prompt: the server has no way to ask."""
        return [estimate_tokens(f"{self._prompts.document}{text}") for text in texts]

    def fingerprint(self, chunker: str) -> Fingerprint:
        """The digest is the server's, of the whole model."""
        return Fingerprint(
            embedder=self.name,
            digest=self._digest,
            dimension=self.dimension,
            query_prompt=self._prompts.query,
            document_prompt=self._prompts.document,
            precision="",
            chunker=chunker,
        )

    def _patiently(self, texts: Sequence[str]) -> Matrix:
        for seconds in _WAITS:
            try:
                return self._embedded(texts)
            except (ServerBusy, ServerUnreachable):
                time.sleep(seconds)
        return self._embedded(texts)

    def _embedded(self, texts: Sequence[str]) -> Matrix:
        try:
            return self._ask(texts)
        except ContextOverflow:
            # The estimate is on the high side, so this is rare.
            if len(texts) > 1:
                return np.concatenate([self._embedded([text]) for text in texts])
            return self._in_halves(texts[0])

    def _in_halves(self, text: str) -> Matrix:
        """The mean direction of both halves of a text that is longer than what is read: nothing of it is left out."""
        said = text.removeprefix(self._prompts.document)
        middle = said.rfind(" ", 1, len(said) // 2) + 1 or len(said) // 2
        if not middle:
            raise ContextOverflow(f"'{self._model}' reads next to nothing.", "Choose another embedder.")
        halves = (said[:middle], said[middle:])
        both = np.concatenate([self._embedded([f"{self._prompts.document}{half}"]) for half in halves])
        return unit_rows(self.name, both.sum(axis=0, keepdims=True), rows=1)

    def _ask(self, texts: Sequence[str]) -> Matrix:
        import httpx

        body = {"model": self._model, "input": list(texts), "truncate": False}
        timeout = httpx.Timeout(SECONDS, connect=self._server.connect_timeout)
        try:
            with self._server.client() as client:
                reply = client.post("/api/embed", json=body, timeout=timeout)
                if reply.status_code == 501:
                    raise ModelError(
                        f"'{self._model}' answers questions and gives no embeddings.",
                        "Name an embedding model in the setting 'embedder', such as ollama:nomic-embed-text.",
                    )
                if reply.status_code != 200:
                    raise status_error(reply.status_code, reply.text, self._server.url, self._model)
                vectors: Any = reply.json()["embeddings"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise transport_error(error, self._server.url, self._model) from error
        return unit_rows(self.name, vectors, rows=len(texts))
