"""Reads the pages of one document: which engine, in which language, which way up."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ingest.ocr import languages, rapid, tesseract
from ingest.ocr.picture import Mended, Slant, is_blank, mend, rules_of, slant_of
from ingest.ocr.tesseract import EngineFailed, Orientation, Tesseract
from ingest.ocr.words import Reading, Word
from rag.core.text import detect_language

if TYPE_CHECKING:
    from PIL.Image import Image

DPI: Final = 200
"""Dots an inch that pages are read at. Measured on rendered samples: 150 loses 1 % of the words, 300 gains none and
takes half as long again (docs/benchmarks.md)."""
_MOST_AT_ONCE: Final = 4
_GOOD: Final = 0.8
"""Mean confidence of a reading that needs no second try; a page read in the wrong language or upside down has 0.2 to
0.7, a clean page 0.88 to 0.97."""
_SURE_TURN: Final = 4.0
"""Tesseract's orientation confidence: clean pages have 11 to 41, wrong answers were given with up to 3.6."""
_SURE_SCRIPT: Final = 1.0
"""Tesseract's script confidence: wrong answers were given with up to 0.3."""
_TELLING: Final = 200
"""Letters from which a language can be told."""
_NOISE: Final = 0.3
"""Words read with less confidence are specks and lines taken for letters."""
_NOISE_SIGN: Final = 0.6
"""The same for signs without a letter or digit."""
_BULLETS: Final = frozenset("+*»«¢©®~°·")
"""What a bullet at the start of a line is taken for."""
_CLEAR_WORD: Final = 0.6
_FEWEST_LETTERS: Final = 4
_FEWEST_CLEAR: Final = 0.35
"""Share of the letters that must stand in clear words; of photographs and drawings 0 to 0.3 do."""


@dataclass(frozen=True, slots=True)
class _Try:
    words: list[Word]
    mended: Mended
    codes: str

    @property
    def score(self) -> float:
        """Mean confidence, weighed by length; a few words count less."""
        letters = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / max(letters, 20)


@dataclass(slots=True)
class Recogniser:
    """Reads the pages of one document, several at once.

    Args:
        choice: "auto", "tesseract" or "rapidocr".
        language: ISO 639-1 code of the document's other text, "" or "und" where there is none.
    """

    choice: str
    language: str = ""
    missing: dict[str, int] = field(default_factory=dict)
    """Codes of languages that pages were in and that tesseract does not have, with the number of pages."""
    trouble: list[str] = field(default_factory=list)
    """What went wrong on single pages, in words for a person."""
    tried: dict[str, str] = field(default_factory=dict)
    """Engines that were asked, with their versions."""
    _codes: str = ""
    _used: dict[str, list[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def available(self) -> bool:
        """Whether there is an engine that may be used."""
        return self._tesseract is not None or self._rapid

    @property
    def engine(self) -> str:
        """What read the pages, with versions and languages: "tesseract 5.3.0 (eng+fra)"; "" before any was read."""
        return ", ".join(
            f"{name} {self.tried[name]}" + (f" ({'+'.join(codes)})" if codes else "")
            for name, codes in self._used.items()
        )

    @property
    def _tesseract(self) -> Tesseract | None:
        if self.choice == rapid.NAME:
            return None
        found = tesseract.find()
        return found if found is not None and found.languages else None

    @property
    def _rapid(self) -> bool:
        return self.choice != tesseract.NAME and bool(rapid.version())

    def read_all(
        self, pictures: Iterable[Image], total: int, progress: Callable[[int, int], None]
    ) -> list[Reading | None]:
        """A reading for each picture, in order; None where nothing could be recognised.

        Pictures are taken one by one as there is room: no more are in memory than pages are read at once.
        """
        several = min(_MOST_AT_ONCE, rapid.cores()) if self._tesseract else 1
        waiting: deque[Future[Reading | None]] = deque()
        found: list[Reading | None] = []
        with ThreadPoolExecutor(several, thread_name_prefix="ocr") as pool:
            for number, picture in enumerate(pictures):
                waiting.append(pool.submit(self.read, picture))
                # The first page tells the language of the others.
                while waiting and (number == 0 or len(waiting) >= several):
                    found.append(waiting.popleft().result())
                    progress(len(found), total)
            while waiting:
                found.append(waiting.popleft().result())
                progress(len(found), total)
        return found

    def read(self, picture: Image) -> Reading | None:
        """Read one page's picture; no words where it is blank, None where nothing can be recognised."""
        grey = picture.convert("L")
        if is_blank(grey):
            return Reading((), (), grey.width, grey.height, (), 0)
        slant = slant_of(grey)
        try:
            best = self._with_tesseract(grey, slant) if self._tesseract else None
            if best is None and self._rapid:
                # What it cannot read either is left out below: it is sure of nothing then.
                best = self._with_rapidocr(grey, slant)
            elif best is not None and best.codes:
                best = self._completed(self._despeckled(best, grey, slant))
        except EngineFailed as error:
            with self._lock:
                if str(error) not in self.trouble:
                    self.trouble.append(str(error))
            return None
        if best is None:
            return None
        words = _with_bullets([word for word in best.words if not _is_noise(word)])
        if not _says_something(words):
            return None
        with self._lock:
            name, codes = (tesseract.NAME, best.codes.split("+")) if best.codes else (rapid.NAME, [])
            used = self._used.setdefault(name, [])
            used.extend(code for code in codes if code not in used)
        mended = best.mended
        return Reading(
            words=tuple(words),
            boxes=tuple(mended.mark(word.x0, word.top, word.x1, word.bottom) for word in words),
            width=mended.picture.width,
            height=mended.picture.height,
            rules=tuple(rules_of(mended.picture)),
            quarter_turns=mended.quarter_turns,
        )

    # --- tesseract ------------------------------------------------------------------------------------------------

    def _with_tesseract(self, grey: Image, slant: Slant) -> _Try | None:
        """The best reading by tesseract; None where it has no language for the page's script."""
        assert self._tesseract is not None
        installed = self._tesseract.languages
        known = self._codes or self._told()
        if known and not slant.sideways:
            first = self._try(mend(grey, slant.angle, 0), known)
            if first.score >= _GOOD:
                return self._settled(first)
        found = self._tesseract.orientation(mend(grey, slant.angle, 0).picture)
        script = found.script if found is not None and found.script_confidence >= _SURE_SCRIPT else ""
        # The detection takes some clean Latin pages for Cyrillic, so that it only says what to try first.
        scripts = sorted(languages.scripts(installed), key=lambda each: each != script)
        best = self._best(grey, slant, _turns(found, slant), scripts[:1] if script in scripts else scripts)
        if script in scripts and best.score < _CLEAR_WORD:
            rest = self._best(grey, slant, [best.mended.quarter_turns], scripts[1:])
            best = rest if rest.score >= _GOOD else best
        if script and script not in scripts and best.score < _GOOD:
            self._miss(languages.usual_language(script))
            return None
        return self._settled(best)

    def _best(self, grey: Image, slant: Slant, turns: list[int], scripts: list[str]) -> _Try:
        """The best reading with the languages of these scripts; the first good one, where one is good."""
        assert self._tesseract is not None
        best = _Try([], mend(grey, slant.angle, turns[0]), "")
        for quarter in turns:
            mended = mend(grey, slant.angle, quarter)
            for script in scripts:
                for codes in languages.candidates(script, self._tesseract.languages):
                    this = self._try(mended, codes)
                    best = this if this.score > best.score else best
                if best.score >= _GOOD:
                    return best
        return best

    def _told(self) -> str:
        """What to read with according to the document's other text, "" where that says nothing."""
        code = languages.code_of(self.language)
        if not code or self._tesseract is None:
            return ""
        return code if code in self._tesseract.languages else ""

    def _try(self, mended: Mended, codes: str) -> _Try:
        assert self._tesseract is not None
        self.tried[tesseract.NAME] = self._tesseract.version
        return _Try(self._tesseract.read(mended.picture, codes, DPI), mended, codes)

    def _settled(self, best: _Try) -> _Try:
        """The page read in the language it turned out to be in; pages after it begin with that."""
        assert self._tesseract is not None
        words = [word for word in best.words if word.confidence >= _CLEAR_WORD]
        letters = sum(char.isalpha() for word in words for char in word.text)
        if best.score < _CLEAR_WORD or letters < _TELLING:
            return best
        code = languages.code_of(detect_language(" ".join(word.text for word in words)))
        if not code or languages.script_of(code) != languages.script_of(best.codes.split("+")[0]):
            return best
        if code not in self._tesseract.languages:
            self._miss(code)
            return best
        if code not in best.codes.split("+"):
            # A mixed pass that knew the language read the page as well as that language alone would.
            again = self._try(best.mended, code)
            best = again if again.score > best.score else best
        with self._lock:
            self._codes = self._codes or code
        return best

    def _despeckled(self, best: _Try, grey: Image, slant: Slant) -> _Try:
        """A doubtful page read again without specks, where that makes it better.

        With specks on 1 % of the points of a page of 150 dpi, a median of 3 x 3 points takes the words found from 0.68
        to 0.92 (Arabic) and to 0.95 (Urdu); a clean page loses thin strokes to it.
        """
        from PIL import ImageFilter

        if best.score >= _GOOD:
            return best
        clean = grey.filter(ImageFilter.MedianFilter(3))
        again = self._try(mend(clean, slant.angle, best.mended.quarter_turns), best.codes)
        return again if again.score > best.score else best

    def _completed(self, best: _Try) -> _Try:
        """The reading with the words that the first pass left out."""
        assert self._tesseract is not None
        if best.score < _CLEAR_WORD:
            return best
        rest = self._tesseract.read_rest(best.mended.picture, best.words, best.codes, DPI)
        return _Try([*best.words, *rest], best.mended, best.codes)

    def _miss(self, code: str) -> None:
        if code:
            with self._lock:
                self.missing[code] = self.missing.get(code, 0) + 1

    # --- rapidocr -------------------------------------------------------------------------------------------------

    def _with_rapidocr(self, grey: Image, slant: Slant) -> _Try:
        self.tried[rapid.NAME] = rapid.version()
        turns = int(slant.sideways)
        if rapid.is_upside_down(mend(grey, slant.angle, turns).picture):
            turns += 2
        best = self._read_rapid(mend(grey, slant.angle, turns))
        if best.score < _GOOD:  # whether lines stand on their heads is told wrongly now and then
            other = self._read_rapid(mend(grey, slant.angle, turns + 2))
            best = other if other.score > best.score else best
        return best

    def _read_rapid(self, mended: Mended) -> _Try:
        return _Try(rapid.read(mended.picture), mended, "")


def _turns(found: Orientation | None, slant: Slant) -> list[int]:
    """Quarter turns to try, the likeliest first."""
    if found is not None and found.confidence >= _SURE_TURN:
        return [found.quarter_turns]
    if slant.sideways:
        return [1, 3]
    return [0] if found is None else list(dict.fromkeys((0, found.quarter_turns)))


def _is_noise(word: Word) -> bool:
    if word.confidence < _NOISE or not word.text.strip("|¦│"):
        return True
    return word.confidence < _NOISE_SIGN and not any(char.isalnum() for char in word.text)


def _with_bullets(words: list[Word]) -> list[Word]:
    """Words with what engines make of a bullet before a line turned into one again."""
    found: list[Word] = []
    for word, after in pairwise([*words, None]):
        assert word is not None
        first = not found or found[-1].line != word.line
        if first and word.text in _BULLETS and after is not None and after.line == word.line:
            word = word._replace(text="•")
        found.append(word)
    return found


def _says_something(words: list[Word]) -> bool:
    """Whether what was read is text at all, not a photograph's texture taken for letters."""
    letters = sum(_letters(word) for word in words)
    clear = sum(_letters(word) for word in words if word.confidence >= _CLEAR_WORD and _letters(word) >= 2)
    return clear >= _FEWEST_LETTERS and clear >= _FEWEST_CLEAR * letters


def _letters(word: Word) -> int:
    return sum(char.isalnum() for char in word.text)
