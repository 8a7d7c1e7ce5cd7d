"""What an embedder wants to read before a question and before a document: nobody who uses it should have to know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple


class Prompts(NamedTuple):
    """Put before every text of its kind."""

    query: str
    document: str


NO_PROMPTS: Final = Prompts("", "")
_SEARCH: Final = "Represent this sentence for searching relevant passages: "
_TASK: Final = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"

_FAMILIES: Final[tuple[tuple[re.Pattern[str], Prompts], ...]] = tuple(
    (re.compile(pattern), Prompts(query, document))
    for pattern, query, document in (
        # huggingface.co/intfloat/multilingual-e5-large-instruct and e5-mistral-7b-instruct
        (r"\be5-.*instruct", f"{_TASK} ", ""),
        # huggingface.co/intfloat/multilingual-e5-small, e5-base-v2
        (r"\be5-", "query: ", "passage: "),
        # huggingface.co/BAAI/bge-large-zh-v1.5
        (r"\bbge-.*zh", "为这个句子生成表示以用于检索相关文章：", ""),
        # huggingface.co/BAAI/bge-small-en-v1.5; bge-m3 wants nothing
        (r"\bbge-(small|base|large)", _SEARCH, ""),
        # huggingface.co/nomic-ai/nomic-embed-text-v1.5 and -v2-moe
        (r"\bnomic-embed", "search_query: ", "search_document: "),
        # huggingface.co/nomic-ai/modernbert-embed-base
        (r"\bmodernbert-embed", "search_query: ", "search_document: "),
        # huggingface.co/Qwen/Qwen3-Embedding-0.6B
        (r"\bqwen3-embedding", _TASK, ""),
        # huggingface.co/Alibaba-NLP/gte-Qwen2-1.5B-instruct
        (r"\bgte-qwen2", f"{_TASK} ", ""),
        # huggingface.co/Snowflake/snowflake-arctic-embed-l-v2.0; on Ollama it is called snowflake-arctic-embed2
        (r"\barctic-embed(2|.*-v2)", "query: ", ""),
        # huggingface.co/Snowflake/snowflake-arctic-embed-m-v1.5
        (r"\barctic-embed", _SEARCH, ""),
        # huggingface.co/mixedbread-ai/mxbai-embed-large-v1
        (r"\bmxbai-embed", _SEARCH, ""),
        # huggingface.co/WhereIsAI/UAE-Large-V1
        (r"\buae-large", _SEARCH, ""),
        # huggingface.co/google/embeddinggemma-300m
        (r"\bembeddinggemma", "task: search result | query: ", "title: none | text: "),
    )
)
"""By what stands in a model's name; the first that fits. Source: the model cards named, as read in November 2026."""

_QUERY_NAMES: Final = ("query", "search_query", "retrieval.query", "s2p_query", "web_search_query")
_DOCUMENT_NAMES: Final = ("document", "passage", "corpus", "search_document", "retrieval.passage")


def prompts_for(own: Mapping[str, str], names: Iterable[str]) -> Prompts:
    """The prompts of a model.

    Args:
        own: those that it brings with it, by their names there; they count before what is known of its family.
        names: what it is called, the surest first: "intfloat/multilingual-e5-small", a folder's name.
    """
    query, document = (next((own[key] for key in keys if own.get(key)), "") for keys in (_QUERY_NAMES, _DOCUMENT_NAMES))
    if query or document:
        return Prompts(query, document)
    for name in names:
        plain = re.sub(r"[_/\s:]", "-", name.casefold())
        found = next((prompts for pattern, prompts in _FAMILIES if pattern.search(plain)), None)
        if found is not None:
            return found
    return NO_PROMPTS
