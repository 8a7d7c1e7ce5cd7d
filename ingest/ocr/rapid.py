"""RapidOCR: text recognition that comes with pip, for Chinese, Japanese and languages in Latin letters.

Its models lie in its wheel and are given by path, so it never looks for them on the network. It costs 1 to 4 seconds to
import and up to 1 GB while it reads, so it is imported when first used.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ingest.ocr.tesseract import EngineFailed
from ingest.ocr.words import Word
from ingest.readers.builder import one_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

NAME: Final = "rapidocr"
SCRIPTS: Final = frozenset({"Latin", "Han", "Japanese", "Hiragana", "Katakana", ""})
"""Scripts it reads, as tesseract's detection names them; "" where the script is not known."""
_MODELS: Final = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
_VOTERS: Final = 9
"""Lines that are asked whether the page is upside down."""
_lock = threading.Lock()


@cache
def version() -> str:
    """The installed version, "" where it or one of its models is missing."""
    spec = importlib.util.find_spec(NAME)
    if spec is None or spec.origin is None:
        return ""
    models = Path(spec.origin).parent / "models"
    if not all((models / name).is_file() for name in _MODELS.values()):
        return ""
    try:
        return importlib.metadata.version(NAME)
    except importlib.metadata.PackageNotFoundError:
        return ""


def read(picture: Image) -> list[Word]:
    """The words of a picture whose lines run from left to right, in reading order.

    Raises:
        EngineFailed: it threw; what it throws is its own.
    """
    pixels = _pixels(picture)
    with _lock:
        try:
            # All steps are named each time: the engine remembers what it was told last. Its classifier of single lines
            # stays out: it sets some upright ones on their heads.
            result = _engine()(pixels, use_det=True, use_cls=False, use_rec=True, return_word_box=True)
        except Exception as error:  # what it throws is its own; it costs one page
            raise EngineFailed(f"rapidocr failed on a page ({type(error).__name__}: {error})") from error
    if not result.txts:
        return []
    words: list[Word] = []
    for number, index in enumerate(_reading_order(result.boxes)):
        words.extend(_words_of_line(result.word_results[index], number))
    return words


def is_upside_down(picture: Image) -> bool:
    """Whether most lines of a picture stand on their heads."""
    pixels = _pixels(picture)
    with _lock:
        try:
            engine = _engine()
            boxes = engine(pixels, use_det=True, use_cls=False, use_rec=False).boxes
            if boxes is None:
                return False
            lines = sorted((_bounds(box) for box in boxes), key=lambda line: line[0] - line[2])[:_VOTERS]
            labels = [
                engine(pixels[top:bottom, x0:x1], use_det=False, use_cls=True, use_rec=False).cls_res[0][0]
                for x0, top, x1, bottom in lines
                if x1 > x0 and bottom > top
            ]
        except Exception as error:  # as above
            raise EngineFailed(f"rapidocr failed on a page ({type(error).__name__}: {error})") from error
    return labels.count("180") > len(labels) / 2


def _pixels(picture: Image) -> NDArray[np.uint8]:
    import numpy as np

    pixels: NDArray[np.uint8] = np.asarray(picture.convert("RGB"))
    return pixels


@cache
def _engine() -> Any:
    """The engine, quiet, with one thread a core of those this process may use."""
    from rapidocr import RapidOCR

    models = Path(sys.modules[NAME].__file__ or "").parent / "models"
    params: dict[str, object] = {f"{task}.model_path": str(models / name) for task, name in _MODELS.items()}
    params["Global.log_level"] = "critical"
    params["EngineConfig.onnxruntime.intra_op_num_threads"] = cores()
    return RapidOCR(params=params)


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _bounds(box: Sequence[Sequence[float]]) -> tuple[int, int, int, int]:
    xs, ys = [point[0] for point in box], [point[1] for point in box]
    return int(min(xs)), int(min(ys)), int(max(xs)), int(max(ys))


def _reading_order(boxes: Sequence[Sequence[Sequence[float]]]) -> list[int]:
    """Indices of the lines from top to bottom, those side by side from left to right."""
    bounds = [_bounds(box) for box in boxes]
    rows: list[list[int]] = []
    for index in sorted(range(len(bounds)), key=lambda each: bounds[each][1] + bounds[each][3]):
        _, top, _, bottom = bounds[index]
        if rows:
            _, above, _, below = bounds[rows[-1][0]]
            if min(below, bottom) - max(above, top) > 0.5 * min(below - above, bottom - top):
                rows[-1].append(index)
                continue
        rows.append([index])
    return [index for row in rows for index in sorted(row, key=lambda each: bounds[each][0])]


def _words_of_line(pieces: Sequence[tuple[str, float, Sequence[Sequence[float]]]], number: int) -> list[Word]:
    found = []
    for text, score, box in pieces:
        clean = one_line(text)
        if clean:
            x0, top, x1, bottom = _bounds(box)
            found.append(Word(clean, float(score), x0, top, x1, bottom, number, number))
    return found
