"""What answers say of themselves, in the reader's language.

The interface's own strings stand in `rag/ui/strings.py`; these are part of answers, wherever they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Messages(NamedTuple):
    """The sentences of one language."""

    not_in_documents: str
    empty_library: str
    also: str
    """Joins a further quotation to the first."""
    language_name: str
    """The language's name in English, for prompts."""


_ENGLISH: Final = Messages("The documents do not say.", "The library holds no documents yet.", "Also:", "English")

_BY_LANGUAGE: Final[Mapping[str, Messages]] = {
    "en": _ENGLISH,
    "fr": Messages(
        "Les documents ne le disent pas.", "La bibliothèque ne contient encore aucun document.", "Aussi :", "French"
    ),
    "es": Messages("Los documentos no lo dicen.", "La biblioteca aún no contiene documentos.", "También:", "Spanish"),
    "pt": Messages("Os documentos não o dizem.", "A biblioteca ainda não tem documentos.", "Também:", "Portuguese"),
    "it": Messages("I documenti non lo dicono.", "La biblioteca non contiene ancora documenti.", "Inoltre:", "Italian"),
    "nl": Messages("De documenten zeggen het niet.", "De bibliotheek bevat nog geen documenten.", "Ook:", "Dutch"),
    "de": Messages(
        "Die Dokumente sagen es nicht.", "Die Bibliothek enthält noch keine Dokumente.", "Außerdem:", "German"
    ),
    "ro": Messages(
        "Documentele nu spun acest lucru.", "Biblioteca nu conține încă documente.", "De asemenea:", "Romanian"
    ),
    "sw": Messages("Hati hazisemi.", "Maktaba bado haina hati.", "Pia:", "Swahili"),
    "tr": Messages("Belgeler bunu söylemiyor.", "Kitaplıkta henüz belge yok.", "Ayrıca:", "Turkish"),
    "vi": Messages("Các tài liệu không nói điều này.", "Thư viện chưa có tài liệu nào.", "Ngoài ra:", "Vietnamese"),
    "ru": Messages("В документах об этом не сказано.", "В библиотеке пока нет документов.", "Также:", "Russian"),
    "el": Messages("Τα έγγραφα δεν το αναφέρουν.", "Η βιβλιοθήκη δεν έχει ακόμη έγγραφα.", "Επίσης:", "Greek"),
    "ar": Messages("لا تذكر الوثائق ذلك.", "لا تحتوي المكتبة على أي وثائق بعد.", "وكذلك:", "Arabic"),
    "ur": Messages("دستاویزات میں یہ درج نہیں ہے۔", "لائبریری میں ابھی کوئی دستاویز نہیں ہے۔", "مزید:", "Urdu"),
    "hi": Messages("दस्तावेज़ों में यह नहीं लिखा है।", "पुस्तकालय में अभी कोई दस्तावेज़ नहीं है।", "साथ ही:", "Hindi"),
    "th": Messages("เอกสารไม่ได้ระบุไว้", "ห้องสมุดยังไม่มีเอกสาร", "นอกจากนี้:", "Thai"),
    "zh": Messages("文件中没有说明。", "资料库中还没有文件。", "另外：", "Chinese"),
}


def messages(language: str) -> Messages:
    """The messages of `language`, in English where there are none."""
    return _BY_LANGUAGE.get(language, _ENGLISH)
