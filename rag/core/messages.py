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
    quoted_instead: str
    """Behind why no model answered."""
    not_complete: str
    """Before why the model's answer broke off."""
    left_out: str
    """With `{count}`: the passages that did not fit the model's window."""


_ENGLISH: Final = Messages(
    "The documents do not say.",
    "The library holds no documents yet.",
    "Also:",
    "English",
    "This answer is quoted from the documents instead.",
    "The answer is not complete.",
    "Passages that did not fit the model's window and were left out: {count}.",
)

_BY_LANGUAGE: Final[Mapping[str, Messages]] = {
    "en": _ENGLISH,
    "fr": Messages(
        "Les documents ne le disent pas.",
        "La bibliothèque ne contient encore aucun document.",
        "Aussi :",
        "French",
        "Cette réponse est donc citée directement des documents.",
        "La réponse est incomplète.",
        "Passages laissés de côté, car trop longs pour la fenêtre du modèle : {count}.",
    ),
    "es": Messages(
        "Los documentos no lo dicen.",
        "La biblioteca aún no contiene documentos.",
        "También:",
        "Spanish",
        "Por eso, esta respuesta se cita directamente de los documentos.",
        "La respuesta no está completa.",
        "Pasajes omitidos porque no cabían en la ventana del modelo: {count}.",
    ),
    "pt": Messages(
        "Os documentos não o dizem.",
        "A biblioteca ainda não tem documentos.",
        "Também:",
        "Portuguese",
        "Por isso, esta resposta é citada diretamente dos documentos.",
        "A resposta não está completa.",
        "Passagens omitidas por não caberem na janela do modelo: {count}.",
    ),
    "it": Messages(
        "I documenti non lo dicono.",
        "La biblioteca non contiene ancora documenti.",
        "Inoltre:",
        "Italian",
        "Perciò questa risposta è citata direttamente dai documenti.",
        "La risposta non è completa.",
        "Passaggi tralasciati perché non entravano nella finestra del modello: {count}.",
    ),
    "nl": Messages(
        "De documenten zeggen het niet.",
        "De bibliotheek bevat nog geen documenten.",
        "Ook:",
        "Dutch",
        "Daarom is dit antwoord rechtstreeks uit de documenten geciteerd.",
        "Het antwoord is niet volledig.",
        "Passages die niet in het venster van het model pasten en zijn weggelaten: {count}.",
    ),
    "de": Messages(
        "Die Dokumente sagen es nicht.",
        "Die Bibliothek enthält noch keine Dokumente.",
        "Außerdem:",
        "German",
        "Diese Antwort ist stattdessen aus den Dokumenten zitiert.",
        "Die Antwort ist nicht vollständig.",
        "Textstellen, die nicht in das Fenster des Modells passten und weggelassen wurden: {count}.",
    ),
    "ro": Messages(
        "Documentele nu spun acest lucru.",
        "Biblioteca nu conține încă documente.",
        "De asemenea:",
        "Romanian",
        "De aceea, acest răspuns este citat direct din documente.",
        "Răspunsul nu este complet.",
        "Pasaje omise pentru că nu au încăput în fereastra modelului: {count}.",
    ),
    "sw": Messages(
        "Hati hazisemi.",
        "Maktaba bado haina hati.",
        "Pia:",
        "Swahili",
        "Badala yake, jibu hili limenukuliwa kutoka kwenye hati.",
        "Jibu halijakamilika.",
        "Vifungu vilivyoachwa kwa sababu havikutosha kwenye dirisha la modeli: {count}.",
    ),
    "tr": Messages(
        "Belgeler bunu söylemiyor.",
        "Kitaplıkta henüz belge yok.",
        "Ayrıca:",
        "Turkish",
        "Bu yanıt bunun yerine doğrudan belgelerden alıntılandı.",
        "Yanıt tam değil.",
        "Modelin penceresine sığmadığı için dışarıda bırakılan bölümler: {count}.",
    ),
    "vi": Messages(
        "Các tài liệu không nói điều này.",
        "Thư viện chưa có tài liệu nào.",
        "Ngoài ra:",
        "Vietnamese",
        "Thay vào đó, câu trả lời này được trích từ tài liệu.",
        "Câu trả lời chưa đầy đủ.",
        "Số đoạn bị bỏ qua vì không vừa cửa sổ của mô hình: {count}.",
    ),
    "ru": Messages(
        "В документах об этом не сказано.",
        "В библиотеке пока нет документов.",
        "Также:",
        "Russian",
        "Вместо этого ответ процитирован из документов.",
        "Ответ неполный.",
        "Фрагменты, которые не поместились в окно модели и были пропущены: {count}.",
    ),
    "el": Messages(
        "Τα έγγραφα δεν το αναφέρουν.",
        "Η βιβλιοθήκη δεν έχει ακόμη έγγραφα.",
        "Επίσης:",
        "Greek",
        "Αντί γι' αυτό, η απάντηση παρατίθεται από τα έγγραφα.",
        "Η απάντηση δεν είναι πλήρης.",
        "Αποσπάσματα που δεν χώρεσαν στο παράθυρο του μοντέλου και παραλείφθηκαν: {count}.",
    ),
    "ar": Messages(
        "لا تذكر الوثائق ذلك.",
        "لا تحتوي المكتبة على أي وثائق بعد.",
        "وكذلك:",
        "Arabic",
        "هذه الإجابة مقتبسة من الوثائق بدلاً من ذلك.",
        "الإجابة غير مكتملة.",
        "مقاطع لم تتسع لها نافذة النموذج فتُركت: {count}.",
    ),
    "ur": Messages(
        "دستاویزات میں یہ درج نہیں ہے۔",
        "لائبریری میں ابھی کوئی دستاویز نہیں ہے۔",
        "مزید:",
        "Urdu",
        "اس لیے یہ جواب دستاویزات سے نقل کیا گیا ہے۔",
        "جواب مکمل نہیں ہے۔",
        "وہ اقتباسات جو ماڈل کی ونڈو میں نہ آ سکے اور چھوڑ دیے گئے: {count}۔",
    ),
    "hi": Messages(
        "दस्तावेज़ों में यह नहीं लिखा है।",
        "पुस्तकालय में अभी कोई दस्तावेज़ नहीं है।",
        "साथ ही:",
        "Hindi",
        "इसलिए यह उत्तर दस्तावेज़ों से उद्धृत किया गया है।",
        "उत्तर पूरा नहीं है।",
        "वे अंश जो मॉडल की विंडो में नहीं आ सके और छोड़ दिए गए: {count}।",
    ),
    "th": Messages(
        "เอกสารไม่ได้ระบุไว้",
        "ห้องสมุดยังไม่มีเอกสาร",
        "นอกจากนี้:",
        "Thai",
        "คำตอบนี้จึงยกมาจากเอกสารแทน",
        "คำตอบยังไม่สมบูรณ์",
        "จำนวนข้อความที่ไม่พอดีกับหน้าต่างของโมเดลและถูกตัดออก: {count}",
    ),
    "zh": Messages(
        "文件中没有说明。",
        "资料库中还没有文件。",
        "另外：",
        "Chinese",
        "因此，本回答改为直接引用文件原文。",
        "回答不完整。",
        "因超出模型窗口而未采用的段落数：{count}。",
    ),
}


def messages(language: str) -> Messages:
    """The messages of `language`, in English where there are none."""
    return _BY_LANGUAGE.get(language, _ENGLISH)
