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
    older_version: str
    """With `{document}` and `{newer}`: not the newest of versions that are nearly the same."""
    superseded: str
    """With `{document}` and `{newer}`: somebody said that the one took the other's place."""
    not_yet: str
    """With `{document}` and `{date}`: its effective date lies in the future."""
    review_due: str
    """With `{document}` and `{date}`: it should have been looked through by then."""
    disagree: str
    """With `{document}`, `{value}`, `{other}`, `{other_value}`: what two versions say of the same thing."""
    address_left_out: str
    """In the place of a link or address that a model wrote and no passage holds."""
    several: str
    """Asks back, before the things that a vague question could mean."""
    told_across: str
    """Before an answer that a model tells in another language than the documents'."""
    by_words: str
    """Behind why the meaning of the question could not be compared."""


_ENGLISH: Final = Messages(
    "The documents do not say.",
    "The library holds no documents yet.",
    "Also:",
    "English",
    "This answer is quoted from the documents instead.",
    "The answer is not complete.",
    "Passages that did not fit the model's window and were left out: {count}.",
    "{document} is not the newest version; that is {newer}.",
    "{document} was superseded by {newer}.",
    "{document} only takes effect on {date}.",
    "The review date of {document} was {date}.",
    "Two versions disagree: {document} says {value}, {other} says {other_value}.",
    "(address left out: it is not in the documents)",
    "This can mean several things. Which one?",
    "Not the documents' language: only numbers and negations were checked, the other words were not.",
    "Only words were compared: what the documents say in other words may be missed.",
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
        "{document} n'est pas la version la plus récente ; celle-ci est {newer}.",
        "{document} a été remplacé par {newer}.",
        "{document} n'entre en vigueur que le {date}.",
        "{document} devait être révisé avant le {date}.",
        "Deux versions se contredisent : selon {document}, {value} ; selon {other}, {other_value}.",
        "(adresse retirée : elle n'est pas dans les documents)",
        "Cela peut avoir plusieurs sens. Lequel ?",
        "Pas la langue des documents : seuls les nombres et les négations ont été vérifiés.",
        "Seuls les mots ont été comparés : ce que les documents disent autrement peut manquer.",
    ),
    "es": Messages(
        "Los documentos no lo dicen.",
        "La biblioteca aún no contiene documentos.",
        "También:",
        "Spanish",
        "Por eso, esta respuesta se cita directamente de los documentos.",
        "La respuesta no está completa.",
        "Pasajes omitidos porque no cabían en la ventana del modelo: {count}.",
        "{document} no es la versión más reciente; la más reciente es {newer}.",
        "{document} fue sustituido por {newer}.",
        "{document} no entra en vigor hasta el {date}.",
        "{document} debía revisarse antes del {date}.",
        "Dos versiones no coinciden: según {document}, {value}; según {other}, {other_value}.",
        "(dirección omitida: no está en los documentos)",
        "Esto puede significar varias cosas. ¿Cuál?",
        "No es el idioma de los documentos: solo se comprobaron los números y las negaciones.",
        "Solo se compararon las palabras: puede faltar lo que los documentos dicen con otras.",
    ),
    "pt": Messages(
        "Os documentos não o dizem.",
        "A biblioteca ainda não tem documentos.",
        "Também:",
        "Portuguese",
        "Por isso, esta resposta é citada diretamente dos documentos.",
        "A resposta não está completa.",
        "Passagens omitidas por não caberem na janela do modelo: {count}.",
        "{document} não é a versão mais recente; a mais recente é {newer}.",
        "{document} foi substituído por {newer}.",
        "{document} só entra em vigor em {date}.",
        "{document} devia ter sido revisto até {date}.",
        "Duas versões não coincidem: segundo {document}, {value}; segundo {other}, {other_value}.",
        "(endereço omitido: não está nos documentos)",
        "Isto pode significar várias coisas. Qual delas?",
        "Não é a língua dos documentos: só os números e as negações foram verificados.",
        "Só as palavras foram comparadas: pode faltar o que os documentos dizem com outras.",
    ),
    "it": Messages(
        "I documenti non lo dicono.",
        "La biblioteca non contiene ancora documenti.",
        "Inoltre:",
        "Italian",
        "Perciò questa risposta è citata direttamente dai documenti.",
        "La risposta non è completa.",
        "Passaggi tralasciati perché non entravano nella finestra del modello: {count}.",
        "{document} non è la versione più recente; la più recente è {newer}.",
        "{document} è stato sostituito da {newer}.",
        "{document} entra in vigore solo il {date}.",
        "{document} doveva essere riesaminato entro il {date}.",
        "Due versioni non concordano: secondo {document}, {value}; secondo {other}, {other_value}.",
        "(indirizzo tralasciato: non è nei documenti)",
        "Questo può significare più cose. Quale?",
        "Non è la lingua dei documenti: sono stati verificati solo i numeri e le negazioni.",
        "Sono state confrontate solo le parole: può mancare ciò che i documenti dicono con altre.",
    ),
    "nl": Messages(
        "De documenten zeggen het niet.",
        "De bibliotheek bevat nog geen documenten.",
        "Ook:",
        "Dutch",
        "Daarom is dit antwoord rechtstreeks uit de documenten geciteerd.",
        "Het antwoord is niet volledig.",
        "Passages die niet in het venster van het model pasten en zijn weggelaten: {count}.",
        "{document} is niet de nieuwste versie; dat is {newer}.",
        "{document} is vervangen door {newer}.",
        "{document} geldt pas vanaf {date}.",
        "{document} had voor {date} herzien moeten worden.",
        "Twee versies spreken elkaar tegen: volgens {document} {value}, volgens {other} {other_value}.",
        "(adres weggelaten: het staat niet in de documenten)",
        "Dit kan meerdere dingen betekenen. Welke?",
        "Niet de taal van de documenten: alleen getallen en ontkenningen zijn gecontroleerd.",
        "Alleen woorden zijn vergeleken: wat de documenten met andere woorden zeggen, kan ontbreken.",
    ),
    "de": Messages(
        "Die Dokumente sagen es nicht.",
        "Die Bibliothek enthält noch keine Dokumente.",
        "Außerdem:",
        "German",
        "Diese Antwort ist stattdessen aus den Dokumenten zitiert.",
        "Die Antwort ist nicht vollständig.",
        "Textstellen, die nicht in das Fenster des Modells passten und weggelassen wurden: {count}.",
        "{document} ist nicht die neueste Fassung; das ist {newer}.",
        "{document} wurde durch {newer} ersetzt.",
        "{document} gilt erst ab dem {date}.",
        "{document} sollte bis zum {date} überprüft werden.",
        "Zwei Fassungen widersprechen sich: laut {document} {value}, laut {other} {other_value}.",
        "(Adresse weggelassen: sie steht nicht in den Dokumenten)",
        "Das kann mehreres bedeuten. Was ist gemeint?",
        "Nicht die Sprache der Dokumente: Geprüft wurden nur Zahlen und Verneinungen.",
        "Nur Wörter wurden verglichen: Was die Dokumente mit anderen sagen, kann fehlen.",
    ),
    "ro": Messages(
        "Documentele nu spun acest lucru.",
        "Biblioteca nu conține încă documente.",
        "De asemenea:",
        "Romanian",
        "De aceea, acest răspuns este citat direct din documente.",
        "Răspunsul nu este complet.",
        "Pasaje omise pentru că nu au încăput în fereastra modelului: {count}.",
        "{document} nu este cea mai nouă versiune; aceasta este {newer}.",
        "{document} a fost înlocuit de {newer}.",
        "{document} intră în vigoare abia la {date}.",
        "{document} trebuia revizuit până la {date}.",
        "Două versiuni nu coincid: conform {document}, {value}; conform {other}, {other_value}.",
        "(adresă omisă: nu se află în documente)",
        "Aceasta poate însemna mai multe lucruri. Care dintre ele?",
        "Nu este limba documentelor: au fost verificate doar numerele și negațiile.",
        "Au fost comparate doar cuvintele: poate lipsi ce spun documentele cu altele.",
    ),
    "sw": Messages(
        "Hati hazisemi.",
        "Maktaba bado haina hati.",
        "Pia:",
        "Swahili",
        "Badala yake, jibu hili limenukuliwa kutoka kwenye hati.",
        "Jibu halijakamilika.",
        "Vifungu vilivyoachwa kwa sababu havikutosha kwenye dirisha la modeli: {count}.",
        "{document} si toleo jipya zaidi; jipya zaidi ni {newer}.",
        "Nafasi ya {document} imechukuliwa na {newer}.",
        "{document} itaanza kutumika tarehe {date}.",
        "{document} ilipaswa kupitiwa upya kabla ya {date}.",
        "Matoleo mawili hayakubaliani: {document} inasema {value}, {other} inasema {other_value}.",
        "(anwani imeachwa: haimo kwenye hati)",
        "Hili linaweza kuwa na maana kadhaa. Lipi?",
        "Si lugha ya hati: ni nambari na ukanushaji tu vilivyokaguliwa.",
        "Ni maneno tu yaliyolinganishwa: yale ambayo hati zinasema kwa maneno mengine yanaweza kukosekana.",
    ),
    "tr": Messages(
        "Belgeler bunu söylemiyor.",
        "Kitaplıkta henüz belge yok.",
        "Ayrıca:",
        "Turkish",
        "Bu yanıt bunun yerine doğrudan belgelerden alıntılandı.",
        "Yanıt tam değil.",
        "Modelin penceresine sığmadığı için dışarıda bırakılan bölümler: {count}.",
        "{document} en yeni sürüm değil; en yenisi {newer}.",
        "{document} yerine {newer} geçti.",
        "{document} ancak {date} tarihinde yürürlüğe girecek.",
        "{document} için gözden geçirme tarihi {date} idi.",
        "İki sürüm birbirini tutmuyor: {document}: {value}; {other}: {other_value}.",
        "(adres çıkarıldı: belgelerde yok)",
        "Bu birkaç anlama gelebilir. Hangisi?",
        "Belgelerin dili değil: yalnızca sayılar ve olumsuzluklar denetlendi.",
        "Yalnızca sözcükler karşılaştırıldı: belgelerin başka sözcüklerle söyledikleri eksik kalabilir.",
    ),
    "vi": Messages(
        "Các tài liệu không nói điều này.",
        "Thư viện chưa có tài liệu nào.",
        "Ngoài ra:",
        "Vietnamese",
        "Thay vào đó, câu trả lời này được trích từ tài liệu.",
        "Câu trả lời chưa đầy đủ.",
        "Số đoạn bị bỏ qua vì không vừa cửa sổ của mô hình: {count}.",
        "{document} không phải là phiên bản mới nhất; bản mới nhất là {newer}.",
        "{document} đã được thay thế bằng {newer}.",
        "{document} chỉ có hiệu lực từ ngày {date}.",
        "Ngày rà soát của {document} là {date}.",
        "Hai phiên bản không khớp nhau: {document} ghi {value}, {other} ghi {other_value}.",
        "(địa chỉ bị bỏ: không có trong tài liệu)",
        "Điều này có thể có nhiều nghĩa. Ý nào?",
        "Không phải ngôn ngữ của tài liệu: chỉ con số và ý phủ định đã được kiểm tra.",
        "Chỉ so sánh từ ngữ: những gì tài liệu diễn đạt bằng từ khác có thể bị bỏ sót.",
    ),
    "ru": Messages(
        "В документах об этом не сказано.",
        "В библиотеке пока нет документов.",
        "Также:",
        "Russian",
        "Вместо этого ответ процитирован из документов.",
        "Ответ неполный.",
        "Фрагменты, которые не поместились в окно модели и были пропущены: {count}.",
        "{document} — не самая новая версия; самая новая — {newer}.",
        "Вместо {document} теперь действует {newer}.",
        "{document} вступает в силу только {date}.",
        "Срок пересмотра {document} истёк {date}.",
        "Две версии расходятся: в {document} — {value}, в {other} — {other_value}.",
        "(адрес убран: его нет в документах)",
        "Это может означать разное. Что имеется в виду?",
        "Не язык документов: проверены только числа и отрицания.",
        "Сравнивались только слова: сказанное в документах другими словами могло не найтись.",
    ),
    "el": Messages(
        "Τα έγγραφα δεν το αναφέρουν.",
        "Η βιβλιοθήκη δεν έχει ακόμη έγγραφα.",
        "Επίσης:",
        "Greek",
        "Αντί γι' αυτό, η απάντηση παρατίθεται από τα έγγραφα.",
        "Η απάντηση δεν είναι πλήρης.",
        "Αποσπάσματα που δεν χώρεσαν στο παράθυρο του μοντέλου και παραλείφθηκαν: {count}.",
        "Το {document} δεν είναι η νεότερη έκδοση· η νεότερη είναι το {newer}.",
        "Το {document} αντικαταστάθηκε από το {newer}.",
        "Το {document} ισχύει μόνο από {date}.",
        "Η ημερομηνία αναθεώρησης του {document} ήταν {date}.",
        "Δύο εκδόσεις διαφωνούν: {document}: {value}· {other}: {other_value}.",
        "(η διεύθυνση παραλείφθηκε: δεν υπάρχει στα έγγραφα)",
        "Αυτό μπορεί να σημαίνει πολλά πράγματα. Ποιο;",
        "Δεν είναι η γλώσσα των εγγράφων: ελέγχθηκαν μόνο αριθμοί και αρνήσεις.",
        "Συγκρίθηκαν μόνο λέξεις: όσα λένε τα έγγραφα με άλλες λέξεις μπορεί να λείπουν.",
    ),
    "ar": Messages(
        "لا تذكر الوثائق ذلك.",
        "لا تحتوي المكتبة على أي وثائق بعد.",
        "وكذلك:",
        "Arabic",
        "هذه الإجابة مقتبسة من الوثائق بدلاً من ذلك.",
        "الإجابة غير مكتملة.",
        "مقاطع لم تتسع لها نافذة النموذج فتُركت: {count}.",
        "{document} ليست أحدث نسخة؛ أحدث نسخة هي {newer}.",
        "حلّت {newer} محل {document}.",
        "لا يسري {document} إلا من {date}.",
        "كان موعد مراجعة {document} في {date}.",
        "نسختان مختلفتان: تقول {document}: {value}، وتقول {other}: {other_value}.",
        "(حُذف العنوان: ليس في الوثائق)",
        "قد يعني هذا عدة أشياء. أيها المقصود؟",
        "ليست لغة الوثائق: جرى التحقق من الأرقام والنفي فقط.",
        "قورنت الكلمات وحدها: قد يفوت ما تقوله الوثائق بكلمات أخرى.",
    ),
    "ur": Messages(
        "دستاویزات میں یہ درج نہیں ہے۔",
        "لائبریری میں ابھی کوئی دستاویز نہیں ہے۔",
        "مزید:",
        "Urdu",
        "اس لیے یہ جواب دستاویزات سے نقل کیا گیا ہے۔",
        "جواب مکمل نہیں ہے۔",
        "وہ اقتباسات جو ماڈل کی ونڈو میں نہ آ سکے اور چھوڑ دیے گئے: {count}۔",
        "{document} تازہ ترین نسخہ نہیں ہے؛ تازہ ترین {newer} ہے۔",
        "{document} کی جگہ {newer} نے لے لی ہے۔",
        "{document} کا اطلاق {date} سے ہوگا۔",
        "{document} پر نظرثانی کی تاریخ {date} تھی۔",
        "دو نسخے مختلف ہیں: {document} میں {value} ہے، {other} میں {other_value} ہے۔",
        "(پتہ نکال دیا گیا: یہ دستاویزات میں نہیں ہے)",
        "اس کے کئی مطلب ہو سکتے ہیں۔ کون سا؟",
        "یہ دستاویزات کی زبان نہیں: صرف اعداد اور نفی کی جانچ ہوئی ہے۔",
        "صرف الفاظ کا موازنہ ہوا: دستاویزات نے جو دوسرے لفظوں میں کہا ہو وہ رہ سکتا ہے۔",
    ),
    "hi": Messages(
        "दस्तावेज़ों में यह नहीं लिखा है।",
        "पुस्तकालय में अभी कोई दस्तावेज़ नहीं है।",
        "साथ ही:",
        "Hindi",
        "इसलिए यह उत्तर दस्तावेज़ों से उद्धृत किया गया है।",
        "उत्तर पूरा नहीं है।",
        "वे अंश जो मॉडल की विंडो में नहीं आ सके और छोड़ दिए गए: {count}।",
        "{document} सबसे नया संस्करण नहीं है; सबसे नया {newer} है।",
        "{document} की जगह अब {newer} है।",
        "{document} {date} से ही लागू होगा।",
        "{document} की समीक्षा की तारीख {date} थी।",
        "दो संस्करण मेल नहीं खाते: {document} में {value} है, {other} में {other_value} है।",
        "(पता हटा दिया गया: यह दस्तावेज़ों में नहीं है)",
        "इसके कई मतलब हो सकते हैं। कौन सा?",
        "यह दस्तावेज़ों की भाषा नहीं है: केवल संख्याएँ और निषेध जाँचे गए।",
        "केवल शब्द मिलाए गए: दस्तावेज़ों में दूसरे शब्दों में कही बात छूट सकती है।",
    ),
    "th": Messages(
        "เอกสารไม่ได้ระบุไว้",
        "ห้องสมุดยังไม่มีเอกสาร",
        "นอกจากนี้:",
        "Thai",
        "คำตอบนี้จึงยกมาจากเอกสารแทน",
        "คำตอบยังไม่สมบูรณ์",
        "จำนวนข้อความที่ไม่พอดีกับหน้าต่างของโมเดลและถูกตัดออก: {count}",
        "{document} ไม่ใช่ฉบับล่าสุด ฉบับล่าสุดคือ {newer}",
        "{document} ถูกแทนที่ด้วย {newer}",
        "{document} จะมีผลตั้งแต่วันที่ {date}",
        "กำหนดทบทวนของ {document} คือวันที่ {date}",
        "สองฉบับไม่ตรงกัน: {document} ระบุ {value} แต่ {other} ระบุ {other_value}",
        "(ตัดที่อยู่ออก: ไม่มีอยู่ในเอกสาร)",
        "คำถามนี้อาจหมายถึงหลายอย่าง หมายถึงข้อใด",
        "ไม่ใช่ภาษาของเอกสาร: ตรวจสอบเฉพาะตัวเลขและคำปฏิเสธ",
        "เปรียบเทียบเฉพาะคำ: สิ่งที่เอกสารกล่าวด้วยคำอื่นอาจไม่พบ",
    ),
    "zh": Messages(
        "文件中没有说明。",
        "资料库中还没有文件。",
        "另外：",
        "Chinese",
        "因此，本回答改为直接引用文件原文。",
        "回答不完整。",
        "因超出模型窗口而未采用的段落数：{count}。",
        "{document} 不是最新版本；最新版本是 {newer}。",
        "{document} 已被 {newer} 取代。",
        "{document} 自 {date} 起才生效。",
        "{document} 的复审日期是 {date}。",
        "两个版本不一致：{document} 写的是 {value}，{other} 写的是 {other_value}。",
        "（地址已省略：文件中没有）",
        "这可能有几种意思。指的是哪一种？",
        "并非文件的语言：只核对了数字和否定。",
        "只比对了字词：文件用其他说法写的内容可能会遗漏。",
    ),
}


LANGUAGES: Final = tuple(_BY_LANGUAGE)
"""The languages that there are messages in, as ISO 639-1 codes."""


def messages(language: str) -> Messages:
    """The messages of `language`, in English where there are none."""
    return _BY_LANGUAGE.get(language, _ENGLISH)
