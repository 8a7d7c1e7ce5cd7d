"""What the check of a generated answer says of its sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Verdicts(NamedTuple):
    """The sentences of one language. What fills `{said}` and `{found}` stands in the answer and in the document."""

    nothing: str
    """Nothing near the sentence was found."""
    words: str
    """With `{words}`: something near it was found, and these words are not in it."""
    differs: str
    """With `{found}` and `{said}`: an amount, a date, or how many."""
    reversed: str
    """With `{said}`: "before" for "after", "at least" for "at most"."""
    elsewhere: str
    """With `{said}`: an amount that the document gives for something else."""
    negated: str
    condition: str
    """With `{found}`: a condition that the sentence leaves out."""
    withheld: str
    """In place of an answer of which something was not confirmed."""
    removed: str
    """With `{count}`: sentences left out."""
    repaired: str
    """With `{count}`: sentences written again by the model."""
    ordered: str
    """Only text that gives orders to a program says it."""
    address: str
    """The model wrote an address that no passage has."""
    wordless: str
    """Told in another language than the documents', and without a number that could be compared."""
    numberless: str
    """Told in another language, and no sentence has its numbers."""


_ENGLISH: Final = Verdicts(
    "Nothing in the documents says this.",
    "Nothing in the documents says this: “{words}” is not there.",
    "The document says {found}, not {said}.",
    "The document says the opposite of “{said}”.",
    "The document says {said} of something else.",
    "The document says the opposite: only one of the two is negated.",
    "The document says this under a condition: “{found}”.",
    "The answer is not shown, because the documents do not confirm all of it.",
    "Sentences left out because the documents do not confirm them: {count}.",
    "Sentences corrected after the check against the documents: {count}.",
    "This stands in text that gives orders to a program.",
    "The address that the model wrote is in none of the passages.",
    "It has no number, and words cannot be compared across languages.",
    "No sentence of the documents has the same numbers.",
)

_BY_LANGUAGE: Final[Mapping[str, Verdicts]] = {
    "en": _ENGLISH,
    "fr": Verdicts(
        "Rien dans les documents ne dit cela.",
        "Rien dans les documents ne dit cela : « {words} » n'y figure pas.",
        "Le document dit {found}, et non {said}.",
        "Le document dit le contraire de « {said} ».",
        "Le document dit {said} d'autre chose.",
        "Le document dit le contraire : une seule des deux phrases est négative.",
        "Le document y met une condition : « {found} ».",
        "La réponse n'est pas affichée, car les documents ne la confirment pas entièrement.",
        "Phrases omises, car les documents ne les confirment pas : {count}.",
        "Phrases corrigées après vérification dans les documents : {count}.",
        "Cela figure dans un texte qui donne des ordres à un programme.",
        "L'adresse écrite par le modèle ne figure dans aucun passage.",
        "Il n'y a pas de nombre, et les mots ne se comparent pas d'une langue à l'autre.",
        "Aucune phrase des documents n'a les mêmes nombres.",
    ),
    "es": Verdicts(
        "Nada en los documentos dice esto.",
        "Nada en los documentos dice esto: «{words}» no aparece.",
        "El documento dice {found}, no {said}.",
        "El documento dice lo contrario de «{said}».",
        "El documento dice {said} de otra cosa.",
        "El documento dice lo contrario: solo una de las dos frases es negativa.",
        "El documento lo dice con una condición: «{found}».",
        "La respuesta no se muestra, porque los documentos no la confirman por completo.",
        "Frases omitidas porque los documentos no las confirman: {count}.",
        "Frases corregidas tras compararlas con los documentos: {count}.",
        "Esto figura en un texto que da órdenes a un programa.",
        "La dirección que escribió el modelo no está en ningún pasaje.",
        "No tiene ningún número, y las palabras no se pueden comparar entre idiomas.",
        "Ninguna frase de los documentos tiene los mismos números.",
    ),
    "pt": Verdicts(
        "Nada nos documentos diz isto.",
        "Nada nos documentos diz isto: «{words}» não aparece.",
        "O documento diz {found}, não {said}.",
        "O documento diz o contrário de «{said}».",
        "O documento diz {said} de outra coisa.",
        "O documento diz o contrário: só uma das duas frases é negativa.",
        "O documento diz isto com uma condição: «{found}».",
        "A resposta não é mostrada, porque os documentos não a confirmam por inteiro.",
        "Frases omitidas por não serem confirmadas pelos documentos: {count}.",
        "Frases corrigidas depois da verificação nos documentos: {count}.",
        "Isto está num texto que dá ordens a um programa.",
        "O endereço que o modelo escreveu não está em nenhum trecho.",
        "Não tem nenhum número, e as palavras não se comparam entre línguas.",
        "Nenhuma frase dos documentos tem os mesmos números.",
    ),
    "it": Verdicts(
        "Nulla nei documenti dice questo.",
        "Nulla nei documenti dice questo: «{words}» non c'è.",
        "Il documento dice {found}, non {said}.",
        "Il documento dice il contrario di «{said}».",
        "Il documento dice {said} di un'altra cosa.",
        "Il documento dice il contrario: solo una delle due frasi è negativa.",
        "Il documento lo dice a una condizione: «{found}».",
        "La risposta non viene mostrata, perché i documenti non la confermano del tutto.",
        "Frasi omesse perché i documenti non le confermano: {count}.",
        "Frasi corrette dopo il confronto con i documenti: {count}.",
        "Questo sta in un testo che dà ordini a un programma.",
        "L'indirizzo scritto dal modello non è in nessun brano.",
        "Non contiene numeri, e le parole non si possono confrontare tra lingue.",
        "Nessuna frase dei documenti ha gli stessi numeri.",
    ),
    "nl": Verdicts(
        "Niets in de documenten zegt dit.",
        "Niets in de documenten zegt dit: „{words}” staat er niet in.",
        "Het document zegt {found}, niet {said}.",
        "Het document zegt het tegendeel van „{said}”.",
        "Het document zegt {said} over iets anders.",
        "Het document zegt het tegendeel: slechts een van de twee zinnen is ontkennend.",
        "Het document stelt een voorwaarde: „{found}”.",
        "Het antwoord wordt niet getoond, omdat de documenten het niet helemaal bevestigen.",
        "Zinnen die zijn weggelaten omdat de documenten ze niet bevestigen: {count}.",
        "Zinnen die na controle in de documenten zijn verbeterd: {count}.",
        "Dit staat in tekst die een programma opdrachten geeft.",
        "Het adres dat het model schreef, staat in geen van de passages.",
        "Er staat geen getal in, en woorden zijn niet tussen talen te vergelijken.",
        "Geen zin in de documenten heeft dezelfde getallen.",
    ),
    "de": Verdicts(
        "Nichts in den Dokumenten sagt das.",
        "Nichts in den Dokumenten sagt das: „{words}“ kommt nicht vor.",
        "Das Dokument sagt {found}, nicht {said}.",
        "Das Dokument sagt das Gegenteil von „{said}“.",
        "Das Dokument sagt {said} von etwas anderem.",
        "Das Dokument sagt das Gegenteil: Nur einer der beiden Sätze ist verneint.",
        "Das Dokument sagt es unter einer Bedingung: „{found}“.",
        "Die Antwort wird nicht gezeigt, weil die Dokumente sie nicht ganz bestätigen.",
        "Sätze, die weggelassen wurden, weil die Dokumente sie nicht bestätigen: {count}.",
        "Sätze, die nach der Prüfung an den Dokumenten berichtigt wurden: {count}.",
        "Das steht in einem Text, der einem Programm Befehle gibt.",
        "Die Adresse, die das Modell schrieb, steht in keiner der Stellen.",
        "Es steht keine Zahl darin, und Wörter lassen sich nicht über Sprachen hinweg vergleichen.",
        "Kein Satz der Dokumente hat dieselben Zahlen.",
    ),
    "ro": Verdicts(
        "Nimic din documente nu spune acest lucru.",
        "Nimic din documente nu spune acest lucru: „{words}” nu apare.",
        "Documentul spune {found}, nu {said}.",
        "Documentul spune contrariul pentru „{said}”.",
        "Documentul spune {said} despre altceva.",
        "Documentul spune contrariul: doar una dintre propoziții este negativă.",
        "Documentul pune o condiție: „{found}”.",
        "Răspunsul nu este afișat, deoarece documentele nu îl confirmă în întregime.",
        "Propoziții omise pentru că documentele nu le confirmă: {count}.",
        "Propoziții corectate după verificarea în documente: {count}.",
        "Aceasta apare într-un text care dă ordine unui program.",
        "Adresa scrisă de model nu apare în niciun pasaj.",
        "Nu conține niciun număr, iar cuvintele nu pot fi comparate între limbi.",
        "Nicio propoziție din documente nu are aceleași numere.",
    ),
    "sw": Verdicts(
        "Hakuna hati inayosema hivi.",
        "Hakuna hati inayosema hivi: “{words}” halimo.",
        "Hati inasema {found}, si {said}.",
        "Hati inasema kinyume cha “{said}”.",
        "Hati inasema {said} kuhusu jambo jingine.",
        "Hati inasema kinyume: sentensi moja tu kati ya mbili inakanusha.",
        "Hati inaweka sharti: “{found}”.",
        "Jibu halionyeshwi, kwa sababu hati hazithibitishi lote.",
        "Sentensi zilizoachwa kwa sababu hati hazizithibitishi: {count}.",
        "Sentensi zilizosahihishwa baada ya kulinganishwa na hati: {count}.",
        "Hili limo katika maandishi yanayotoa amri kwa programu.",
        "Anwani iliyoandikwa na modeli haimo katika kifungu chochote.",
        "Haina nambari, na maneno hayawezi kulinganishwa kati ya lugha.",
        "Hakuna sentensi ya hati yenye nambari hizo.",
    ),
    "tr": Verdicts(
        "Belgelerde bunu söyleyen bir şey yok.",
        "Belgelerde bunu söyleyen bir şey yok: “{words}” geçmiyor.",
        "Belgede {found} yazıyor, {said} değil.",
        "Belge “{said}” sözünün tersini söylüyor.",
        "Belge {said} bilgisini başka bir şey için veriyor.",
        "Belge tersini söylüyor: iki cümleden yalnızca biri olumsuz.",
        "Belge bunu bir koşulla söylüyor: “{found}”.",
        "Yanıt gösterilmiyor, çünkü belgeler tamamını doğrulamıyor.",
        "Belgeler doğrulamadığı için çıkarılan cümleler: {count}.",
        "Belgelerle karşılaştırıldıktan sonra düzeltilen cümleler: {count}.",
        "Bu, bir programa emir veren bir metinde geçiyor.",
        "Modelin yazdığı adres hiçbir bölümde yok.",
        "İçinde sayı yok ve sözcükler diller arasında karşılaştırılamıyor.",
        "Belgelerde aynı sayıları içeren bir cümle yok.",
    ),
    "vi": Verdicts(
        "Không có gì trong tài liệu nói điều này.",
        "Không có gì trong tài liệu nói điều này: không thấy “{words}”.",
        "Tài liệu ghi {found}, không phải {said}.",
        "Tài liệu nói ngược lại với “{said}”.",
        "Tài liệu nói {said} về điều khác.",
        "Tài liệu nói ngược lại: chỉ một trong hai câu là phủ định.",
        "Tài liệu nói điều này kèm điều kiện: “{found}”.",
        "Câu trả lời không được hiển thị vì tài liệu không xác nhận toàn bộ.",
        "Số câu bị lược bỏ vì tài liệu không xác nhận: {count}.",
        "Số câu được sửa sau khi đối chiếu với tài liệu: {count}.",
        "Điều này nằm trong văn bản ra lệnh cho chương trình.",
        "Địa chỉ mà mô hình viết không có trong đoạn nào.",
        "Câu này không có số, và không thể so sánh từ ngữ giữa các ngôn ngữ.",
        "Không câu nào trong tài liệu có cùng các con số.",
    ),
    "ru": Verdicts(
        "В документах такого нет.",
        "В документах такого нет: «{words}» не встречается.",
        "В документе сказано {found}, а не {said}.",
        "В документе сказано обратное: не «{said}».",
        "В документе {said} относится к другому.",
        "В документе сказано обратное: отрицание есть только в одном из двух предложений.",
        "В документе это сказано с условием: «{found}».",
        "Ответ не показан: документы подтверждают его не полностью.",
        "Предложения, пропущенные как не подтверждённые документами: {count}.",
        "Предложения, исправленные после сверки с документами: {count}.",
        "Это стоит в тексте, который отдаёт приказы программе.",
        "Адреса, который написала модель, нет ни в одном отрывке.",
        "Здесь нет числа, а слова разных языков сравнить нельзя.",
        "Ни в одном предложении документов нет тех же чисел.",
    ),
    "el": Verdicts(
        "Τίποτα στα έγγραφα δεν το λέει αυτό.",
        "Τίποτα στα έγγραφα δεν το λέει αυτό: το «{words}» δεν υπάρχει.",
        "Το έγγραφο λέει {found}, όχι {said}.",
        "Το έγγραφο λέει το αντίθετο από το «{said}».",
        "Το έγγραφο λέει {said} για κάτι άλλο.",
        "Το έγγραφο λέει το αντίθετο: μόνο η μία από τις δύο προτάσεις έχει άρνηση.",
        "Το έγγραφο το λέει με έναν όρο: «{found}».",
        "Η απάντηση δεν εμφανίζεται, επειδή τα έγγραφα δεν την επιβεβαιώνουν ολόκληρη.",
        "Προτάσεις που παραλείφθηκαν επειδή τα έγγραφα δεν τις επιβεβαιώνουν: {count}.",
        "Προτάσεις που διορθώθηκαν μετά τον έλεγχο στα έγγραφα: {count}.",
        "Αυτό βρίσκεται σε κείμενο που δίνει εντολές σε πρόγραμμα.",
        "Η διεύθυνση που έγραψε το μοντέλο δεν υπάρχει σε κανένα απόσπασμα.",
        "Δεν έχει αριθμό, και οι λέξεις δεν συγκρίνονται μεταξύ γλωσσών.",
        "Καμία πρόταση των εγγράφων δεν έχει τους ίδιους αριθμούς.",
    ),
    "ar": Verdicts(
        "لا شيء في الوثائق يقول هذا.",
        "لا شيء في الوثائق يقول هذا: «{words}» غير موجود فيها.",
        "تقول الوثيقة {found}، لا {said}.",
        "تقول الوثيقة عكس «{said}».",
        "تقول الوثيقة {said} عن شيء آخر.",
        "تقول الوثيقة العكس: إحدى الجملتين فقط منفية.",
        "تذكر الوثيقة ذلك بشرط: «{found}».",
        "لا تُعرض الإجابة لأن الوثائق لا تؤكدها كلها.",
        "جمل حُذفت لأن الوثائق لا تؤكدها: {count}.",
        "جمل صُححت بعد مقارنتها بالوثائق: {count}.",
        "يرد هذا في نص يعطي أوامر لبرنامج.",
        "العنوان الذي كتبه النموذج ليس في أي من المقاطع.",
        "لا عدد فيها، والكلمات لا تُقارن بين لغتين.",
        "لا جملة في الوثائق فيها الأعداد نفسها.",
    ),
    "ur": Verdicts(
        "دستاویزات میں ایسا کچھ نہیں لکھا۔",
        "دستاویزات میں ایسا کچھ نہیں لکھا: “{words}” موجود نہیں۔",
        "دستاویز میں {found} ہے، {said} نہیں۔",
        "دستاویز “{said}” کے برعکس کہتی ہے۔",
        "دستاویز میں {said} کسی اور چیز کے بارے میں ہے۔",
        "دستاویز اس کے برعکس کہتی ہے: دونوں میں سے صرف ایک جملہ منفی ہے۔",
        "دستاویز میں یہ ایک شرط کے ساتھ ہے: “{found}”۔",
        "جواب نہیں دکھایا گیا کیونکہ دستاویزات پورے جواب کی تصدیق نہیں کرتیں۔",
        "وہ جملے جو دستاویزات سے تصدیق نہ ہونے پر نکال دیے گئے: {count}۔",
        "وہ جملے جو دستاویزات سے ملا کر درست کیے گئے: {count}۔",
        "یہ ایسے متن میں ہے جو کسی پروگرام کو حکم دیتا ہے۔",
        "ماڈل کا لکھا ہوا پتا کسی اقتباس میں نہیں۔",
        "اس میں کوئی عدد نہیں، اور الفاظ کا زبانوں کے درمیان موازنہ نہیں ہو سکتا۔",
        "دستاویزات کے کسی جملے میں یہی اعداد نہیں۔",
    ),
    "hi": Verdicts(
        "दस्तावेज़ों में ऐसा कुछ नहीं लिखा है।",
        "दस्तावेज़ों में ऐसा कुछ नहीं लिखा है: “{words}” नहीं मिला।",
        "दस्तावेज़ में {found} है, {said} नहीं।",
        "दस्तावेज़ “{said}” का उल्टा कहता है।",
        "दस्तावेज़ में {said} किसी और चीज़ के बारे में है।",
        "दस्तावेज़ उल्टा कहता है: दोनों में से केवल एक वाक्य नकारात्मक है।",
        "दस्तावेज़ में यह एक शर्त के साथ है: “{found}”।",
        "उत्तर नहीं दिखाया गया, क्योंकि दस्तावेज़ पूरे उत्तर की पुष्टि नहीं करते।",
        "वे वाक्य जो दस्तावेज़ों से पुष्टि न होने पर छोड़ दिए गए: {count}।",
        "वे वाक्य जो दस्तावेज़ों से मिलाकर सुधारे गए: {count}।",
        "यह ऐसे पाठ में है जो किसी प्रोग्राम को आदेश देता है।",
        "मॉडल का लिखा पता किसी भी अंश में नहीं है।",
        "इसमें कोई संख्या नहीं है, और शब्दों की तुलना भाषाओं के बीच नहीं हो सकती।",
        "दस्तावेज़ों के किसी वाक्य में यही संख्याएँ नहीं हैं।",
    ),
    "th": Verdicts(
        "ไม่มีข้อความใดในเอกสารที่กล่าวเช่นนี้",
        "ไม่มีข้อความใดในเอกสารที่กล่าวเช่นนี้: ไม่พบ “{words}”",
        "เอกสารระบุ {found} ไม่ใช่ {said}",
        "เอกสารกล่าวตรงกันข้ามกับ “{said}”",
        "เอกสารกล่าวถึง {said} ในเรื่องอื่น",
        "เอกสารกล่าวตรงกันข้าม: มีเพียงประโยคเดียวที่เป็นปฏิเสธ",
        "เอกสารระบุไว้โดยมีเงื่อนไข: “{found}”",
        "ไม่แสดงคำตอบ เพราะเอกสารไม่ได้ยืนยันทั้งหมด",
        "จำนวนประโยคที่ตัดออกเพราะเอกสารไม่ยืนยัน: {count}",
        "จำนวนประโยคที่แก้ไขหลังตรวจกับเอกสาร: {count}",
        "ข้อความนี้อยู่ในเนื้อความที่สั่งการโปรแกรม",
        "ที่อยู่ที่โมเดลเขียนไม่มีในข้อความใด",
        "ไม่มีตัวเลข และไม่สามารถเทียบคำข้ามภาษาได้",
        "ไม่มีประโยคใดในเอกสารที่มีตัวเลขเดียวกัน",
    ),
    "zh": Verdicts(
        "文件中没有这样的内容。",
        "文件中没有这样的内容：未见“{words}”。",
        "文件写的是 {found}，不是 {said}。",
        "文件所说与“{said}”相反。",
        "文件中的 {said} 说的是别的事。",
        "文件所说相反：两句中只有一句是否定的。",
        "文件对此设有条件：“{found}”。",
        "未显示回答，因为文件不能证实其全部内容。",
        "因文件未证实而略去的句子数：{count}。",
        "对照文件后更正的句子数：{count}。",
        "这出现在向程序发出指令的文字中。",
        "模型写出的地址不在任何段落中。",
        "句中没有数字，而词语无法跨语言比较。",
        "文件中没有一句含有相同的数字。",
    ),
}


def verdicts(language: str) -> Verdicts:
    """What the check says in `language`, in English where there are none."""
    return _BY_LANGUAGE.get(language, _ENGLISH)
