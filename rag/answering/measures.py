"""Words of measure, money, time and dose by language, each with the one spelling that it is compared in."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache, lru_cache
from typing import Final

from rag.core.text import fold, stem

# "canonical: spellings" by language; the empty language holds signs that are international.
_UNITS: Final = {
    "": "%:%|°c:degc celsius deg|°c below 0:frost|°f:degf fahrenheit|g:g gr|mg:mg|µg:µg μg mcg ug|kg:kg kgs|l:l|"
    "ml:ml cc|dl:dl|cl:cl|m:m|cm:cm|mm:mm|km:km|mmol:mmol|mmhg:mmhg|bpm:bpm|iu:iu ui|v:v|w:w|ah:ah|kwh:kwh|mg/kg:mg/kg|"
    "ml/kg:ml/kg|mg/dl:mg/dl|mmol/l:mmol/l|g/dl:g/dl|h:h|min:min|s:s|dollar:$ usd|euro:€ eur|pound:£ gbp|"
    "rupee:₹ rs inr pkr|shilling:kes ksh tzs tsh ugx|yuan:¥ cny",
    "en": "%:percent|°c:degree degrees|mg:milligram milligrams|g:gram grams|kg:kilogram kilograms kilo kilos|"
    "µg:microgram micrograms|ml:millilitre millilitres milliliter milliliters|l:litre litres liter liters|"
    "m:metre metres meter meters|cm:centimetre centimetres centimeter centimeters|mm:millimetre millimetres|"
    "km:kilometre kilometres kilometer kilometers|s:second seconds sec secs|min:minute minutes mins|h:hour hours "
    "hr hrs|day:day days|night:night nights|week:week weeks|month:month months|year:year years|tablet:tablet "
    "tablets pill pills|capsule:capsule capsules|sachet:sachet sachets|drop:drop drops|dose:dose doses|time:time "
    "times|puff:puff puffs|spoon:spoon spoons spoonful spoonfuls teaspoon teaspoons tablespoon tablespoons|"
    "cup:cup cups|vial:vial vials|ampoule:ampoule ampoules|injection:injection injections|unit:unit units|"
    "volt:volt volts|watt:watt watts|dollar:dollar dollars|shilling:shilling shillings|euro:euro euros|"
    "pound:pound pounds|peso:peso pesos|rupee:rupee rupees|dinar:dinar dinars|franc:franc francs|"
    "l/day:litres/day|visit:visit visits|bag:bag bags|week:wk wks|year:yr yrs",
    "fr": "%:pourcent|°c:degré degrés|mg:milligramme milligrammes|g:gramme grammes|kg:kilogramme kilogrammes kilos|"
    "ml:millilitre millilitres|l:litre litres|m:mètre mètres|cm:centimètre centimètres|km:kilomètre kilomètres|"
    "s:seconde secondes|min:minute minutes|h:heure heures|day:jour jours|night:nuit nuits|week:semaine semaines|"
    "month:mois|year:an ans année années|tablet:comprimé comprimés cachet cachets|capsule:gélule gélules|"
    "sachet:sachet sachets|drop:goutte gouttes|dose:dose doses|time:fois|spoon:cuillère cuillères cuillerée "
    "cuillerées|cup:tasse tasses|vial:flacon flacons|euro:euro euros|dollar:dollar dollars|franc:franc francs "
    "fcfa",
    "es": "%:porciento|°c:grado grados|mg:miligramo miligramos|g:gramo gramos|kg:kilogramo kilogramos kilo kilos|"
    "ml:mililitro mililitros|l:litro litros|m:metro metros|cm:centímetro centímetros|km:kilómetro kilómetros|"
    "s:segundo segundos|min:minuto minutos|h:hora horas|day:día días|night:noche noches|week:semana semanas|"
    "month:mes meses|year:año años|tablet:tableta tabletas comprimido comprimidos pastilla pastillas|"
    "capsule:cápsula cápsulas|sachet:sobre sobres|drop:gota gotas|dose:dosis|time:vez veces|spoon:cucharada "
    "cucharadas cucharadita cucharaditas cuchara cucharas|cup:taza tazas|bag:saco sacos|peso:peso pesos|"
    "dollar:dólar dólares|euro:euro euros",
    "pt": "%:porcento|°c:grau graus|mg:miligrama miligramas|g:grama gramas|kg:quilograma quilogramas quilo quilos|"
    "ml:mililitro mililitros|l:litro litros|m:metro metros|cm:centímetro centímetros|s:segundo segundos|"
    "min:minuto minutos|h:hora horas|day:dia dias|night:noite noites|week:semana semanas|month:mês meses|"
    "year:ano anos|tablet:comprimido comprimidos|drop:gota gotas|dose:dose doses|time:vez vezes|spoon:colher "
    "colheres|real:real reais r$|euro:euro euros|dollar:dólar dólares",
    "it": "°c:grado gradi|mg:milligrammo milligrammi|g:grammo grammi|kg:chilogrammo chilogrammi chilo chili|"
    "ml:millilitro millilitri|l:litro litri|m:metro metri|s:secondo secondi|min:minuto minuti|h:ora ore|"
    "day:giorno giorni|night:notte notti|week:settimana settimane|month:mese mesi|year:anno anni|"
    "tablet:compressa compresse|drop:goccia gocce|dose:dose dosi|time:volta volte|spoon:cucchiaio cucchiai|"
    "euro:euro",
    "de": "%:prozent|°c:grad|mg:milligramm|g:gramm|kg:kilogramm kilo|ml:milliliter|l:liter litern|m:meter metern|"
    "cm:zentimeter|km:kilometer|s:sekunde sekunden|min:minute minuten|h:stunde stunden std|day:tag tage tagen|"
    "night:nacht nächte nächten|week:woche wochen|month:monat monate monaten|year:jahr jahre jahren|"
    "tablet:tablette tabletten|drop:tropfen|dose:dosis dosen|time:mal|spoon:löffel|euro:euro",
    "nl": "%:procent|°c:graden graad|mg:milligram|g:gram|kg:kilo kilogram|ml:milliliter|l:liter|m:meter|s:seconden "
    "seconde|min:minuut minuten|h:uur uren|day:dag dagen|night:nacht nachten|week:week weken|month:maand maanden|"
    "year:jaar jaren|tablet:tablet tabletten|drop:druppel druppels|dose:dosis doses|time:keer maal|spoon:lepel "
    "lepels|euro:euro",
    "sw": "%:asilimia|°c:nyuzi digrii|mg:miligramu|g:gramu|kg:kilo kilogramu|ml:mililita|l:lita|m:mita|cm:sentimita|"
    "km:kilomita|s:sekunde|min:dakika|h:saa masaa|day:siku|night:usiku|week:wiki|month:mwezi miezi|year:mwaka "
    "miaka|tablet:kidonge vidonge tembe|sachet:pakiti|drop:tone matone|dose:dozi|time:mara|spoon:kijiko vijiko|"
    "cup:kikombe vikombe|shilling:shilingi sh|dollar:dola|step:hatua",
    "tr": "%:yüzde|°c:derece|mg:miligram|g:gram|kg:kilo kilogram|ml:mililitre|l:litre|m:metre|s:saniye|min:dakika|"
    "h:saat|day:gün|night:gece|week:hafta|month:ay|year:yıl yaş yaşından|tablet:tablet hap|drop:damla|dose:doz|"
    "time:kez kere defa|spoon:kaşık|lira:lira tl ₺|year:yaşında yaşındaki",
    "ru": "%:процент процента процентов|°c:градус градуса градусов|mg:мг|g:г грамм граммов|kg:кг килограмм килограммов|"
    "ml:мл|l:л литр литра литров|m:м метр метра метров|cm:см|s:секунда секунды секунд|min:мин минута минуты "
    "минут|h:ч час часа часов|day:день дня дней сутки суток|night:ночь ночи ночей|week:неделя недели недель "
    "неделю|month:месяц месяца месяцев|year:год года лет|tablet:таблетка таблетки таблеток таблетку|drop:капля "
    "капли капель|dose:доза дозы доз|time:раз раза|spoon:ложка ложки ложек|ruble:рубль рубля рублей",
    "ar": "%:بالمئة بالمائة|°c:درجة درجات|mg:ملغ ملغم مغ|g:غرام جرام غرامات|kg:كغ كيلوغرام كيلو|ml:مل|l:لتر لترات|"
    "m:متر أمتار|cm:سم|s:ثانية ثوان ثواني|min:دقيقة دقائق|h:ساعة ساعات|day:يوم أيام يوما|night:ليلة ليال ليالي|"
    "week:أسبوع أسابيع أسبوعا|month:شهر أشهر شهرا شهور|year:سنة سنوات عام أعوام عاما|tablet:قرص أقراص حبة حبات|"
    "drop:قطرة قطرات|dose:جرعة جرعات|time:مرة مرات|spoon:ملعقة ملاعق|dinar:دينار دنانير دينارا|dirham:درهم دراهم|"
    "dollar:دولار دولارات|riyal:ريال ريالات",
    "ur": "%:فیصد|°c:ڈگری|mg:ملی گرام|g:گرام|kg:کلو کلوگرام|l:لیٹر|m:میٹر|km:کلومیٹر|s:سیکنڈ|min:منٹ|h:گھنٹے گھنٹہ "
    "گھنٹوں|day:دن دنوں روز|night:رات راتیں راتوں|week:ہفتے ہفتہ ہفتوں|month:ماہ مہینے مہینہ مہینوں|year:سال "
    "سالوں|tablet:گولی گولیاں گولیوں|drop:قطرے قطرہ|dose:خوراک خوراکیں|time:بار مرتبہ|spoon:چمچ چمچے|cup:گلاس "
    "پیالی|rupee:روپے روپیہ روپیے|o'clock:بجے",
    "hi": "%:प्रतिशत|°c:डिग्री|mg:मिलीग्राम|g:ग्राम|kg:किलो किलोग्राम|ml:मिलीलीटर|l:लीटर|m:मीटर|km:किलोमीटर|s:सेकंड|"
    "min:मिनट|h:घंटे घंटा घंटों घण्टे|day:दिन दिनों|night:रात रातें रातों|week:हफ्ते हफ़्ते सप्ताह हफ्ता|"
    "month:महीने महीना महीनों माह|year:साल वर्ष सालों|tablet:गोली गोलियाँ गोलियां|drop:बूँद बूंदें बूँदें|"
    "dose:खुराक|time:बार|spoon:चम्मच|rupee:रुपये रुपए रुपया रुपयों|o'clock:बजे",
    "th": "%:เปอร์เซ็นต์|°c:องศา|mg:มิลลิกรัม มก|g:กรัม|kg:กิโลกรัม กก|ml:มิลลิลิตร มล|l:ลิตร|m:เมตร|min:นาที|"
    "h:ชั่วโมง|day:วัน|night:คืน|week:สัปดาห์|month:เดือน|year:ปี|tablet:เม็ด|drop:หยด|time:ครั้ง|spoon:ช้อน|"
    "baht:บาท",
    "zh": "%:百分|°c:度 摄氏度|mg:毫克|g:克|kg:公斤 千克|ml:毫升|l:升|"
    "m:米|min:分钟|h:小时|day:天 日|night:晚 夜|week:周 星期|"
    "month:个月 月|year:年 岁|"
    "tablet:片|drop:滴|time:次|spoon:勺|yuan:元",
    "ro": "day:zi zile|week:săptămână săptămâni|month:lună luni|year:an ani|h:oră ore|min:minut minute|"
    "tablet:comprimat comprimate|leu:leu lei",
    "el": "day:ημέρα ημέρες μέρες|h:ώρα ώρες|week:εβδομάδα εβδομάδες|month:μήνας μήνες|year:έτος έτη χρόνια|min:λεπτό "
    "λεπτά|tablet:δισκίο δισκία|euro:ευρώ",
    "vi": "day:ngày|h:giờ|min:phút|week:tuần|month:tháng|year:năm tuổi|tablet:viên|time:lần|dong:đồng",
}  # fmt: skip

_TO_BASE: Final = {
    "µg": ("µg", Fraction(1)), "mg": ("µg", Fraction(1000)), "g": ("µg", Fraction(10**6)),
    "kg": ("µg", Fraction(10**9)),
    "ml": ("ml", Fraction(1)), "cl": ("ml", Fraction(10)), "dl": ("ml", Fraction(100)), "l": ("ml", Fraction(1000)),
    "mm": ("mm", Fraction(1)), "cm": ("mm", Fraction(10)), "m": ("mm", Fraction(1000)), "km": ("mm", Fraction(10**6)),
    "s": ("s", Fraction(1)), "min": ("s", Fraction(60)), "h": ("s", Fraction(3600)), "day": ("s", Fraction(86400)),
    "week": ("s", Fraction(604800)), "month": ("month", Fraction(1)), "year": ("month", Fraction(12)),
}  # fmt: skip

# "number: words" by language; a word after "~" counts only beside a word of measure.
_NUMBERS: Final = {
    "en": "2:two|3:three|4:four|5:five|6:six|7:seven|8:eight|9:nine|10:ten|11:eleven|12:twelve|13:thirteen|"
    "14:fourteen|15:fifteen|16:sixteen|17:seventeen|18:eighteen|19:nineteen|1:~one|0.5:~half",
    "fr": "2:deux|3:trois|4:quatre|5:cinq|6:six|7:sept|8:huit|9:~neuf|10:dix|11:onze|12:douze|13:treize|"
    "14:quatorze|15:quinze|16:seize|17:dix-sept|18:dix-huit|19:dix-neuf|70:soixante-dix|75:soixante-quinze|"
    "80:quatre-vingt quatre-vingts|90:quatre-vingt-dix|1:~un ~une|0.5:~demi ~demie",
    "es": "2:dos|3:tres|4:cuatro|5:cinco|6:seis|7:siete|8:ocho|9:nueve|10:diez|11:once|12:doce|1:~un ~una ~uno|"
    "0.5:~medio ~media",
    "pt": "2:dois duas|3:três|4:quatro|5:cinco|6:seis|7:sete|8:oito|9:nove|10:dez|12:doze|1:~um ~uma|0.5:~meio ~meia",
    "it": "2:due|3:tre|4:quattro|5:cinque|6:~sei|7:sette|8:otto|9:nove|10:dieci|12:dodici|1:~un ~una ~uno|0.5:~mezza "
    "~mezzo",
    "de": "2:zwei|3:drei|4:vier|5:fünf|6:sechs|7:sieben|8:acht|9:neun|10:zehn|11:elf|12:zwölf|1:~ein ~eine ~einen "
    "~einem ~einer|0.5:~halbe ~halben",
    "nl": "2:twee|3:drie|4:vier|5:vijf|6:zes|7:zeven|8:acht|9:negen|10:tien|12:twaalf|1:~een|0.5:~halve ~half",
    "sw": "1:~moja ~kimoja ~mmoja|2:mbili wawili viwili mawili miwili|3:tatu watatu vitatu matatu mitatu|4:nne wanne "
    "vinne manne minne|5:tano watano vitano matano mitano|6:sita|7:saba|8:nane|9:tisa|10:kumi|0.5:~nusu",
    "tr": "2:iki|3:üç|4:dört|5:beş|6:altı|7:yedi|8:sekiz|9:dokuz|10:~on|1:~bir|0.5:~yarım",
    "ru": "2:два две двух|3:три трех|4:четыре четырех|5:пять|6:шесть|7:семь|8:восемь|9:девять|10:десять|1:~один ~одна "
    "~одну|0.5:~пол",
    "ar": "2:اثنان اثنين اثنتين|3:ثلاث ثلاثة|4:أربع أربعة|5:خمس خمسة|6:~ست ستة|7:سبع سبعة|8:ثمان ثماني ثمانية|9:تسع "
    "تسعة|10:عشر عشرة|20:عشرون عشرين|30:ثلاثون ثلاثين|"
    "40:أربعون أربعين|50:خمسون خمسين|60:ستون ستين|0.5:~نصف",
    "ur": "2:~دو|3:تین|4:چار|5:پانچ|6:~چھ|7:سات|8:آٹھ|9:~نو|10:دس|12:بارہ|15:پندرہ|20:بیس|"
    "24:چوبیس|25:پچیس|30:تیس|40:چالیس|48:اڑتالیس|50:پچاس|60:ساٹھ|1:~ایک|0.5:~آدھی ~آدھا",
    "hi": "2:~दो|3:तीन|4:चार|5:पाँच पांच|6:छह|7:सात|8:आठ|9:~नौ|10:दस|12:बारह|15:पंद्रह|20:बीस|24:चौबीस|25:पच्चीस|30:तीस|"
    "40:चालीस|48:अड़तालीस|50:पचास|60:साठ|1:~एक|0.5:~आधी ~आधा",
}  # fmt: skip

# By language, the word between tens and ones, beside which "-" and a space count too, and the words for 20, 30, ...:
# "forty-eight", "cuarenta y ocho", "arobaini na nane". French goes on otherwise from 70.
_TENS: Final = {
    "en": ("", "twenty thirty forty fifty sixty seventy eighty ninety"),
    "fr": ("et", "vingt trente quarante cinquante soixante"),
    "es": ("y", "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa"),
    "pt": ("e", "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa"),
    "it": ("", "venti trenta quaranta cinquanta sessanta settanta ottanta novanta"),
    "de": ("", "zwanzig dreissig vierzig fünfzig sechzig siebzig achtzig neunzig"),
    "sw": ("na", "ishirini thelathini arobaini hamsini sitini sabini themanini tisini"),
    "tr": ("", "yirmi otuz kırk elli altmış yetmiş seksen doksan"),
}  # fmt: skip

# Words that are a number and its unit at once.
_WHOLE: Final = {
    "en": {"once": "1 times", "twice": "2 times", "thrice": "3 times"},
    "de": {"einmal": "1 mal", "zweimal": "2 mal", "dreimal": "3 mal", "viermal": "4 mal"},
    "ar": {
        "يومين": "2 يوم", "يومان": "2 يوم", "ساعتين": "2 ساعة", "ساعتان": "2 ساعة", "أسبوعين": "2 أسبوع",
        "أسبوعان": "2 أسبوع", "شهرين": "2 شهر", "سنتين": "2 سنة", "مرتين": "2 مرة", "مرتان": "2 مرة",
        "قرصين": "2 قرص", "حبتين": "2 حبة",
    },
}  # fmt: skip

_PERIODS: Final = frozenset({"min", "h", "day", "night", "week", "month", "year"})
_EVERY: Final = {
    "day": "daily quotidien quotidienne quotidiennement diario diaria diariamente taglich dagelijks gunluk giornaliero "
    "يوميا روزانہ रोज़ प्रतिदिन ежедневно",
    "week": "weekly hebdomadaire semanal semanalmente wochentlich wekelijks haftalik settimanale أسبوعيا еженедельно",
    "month": "monthly mensuel mensuelle mensual mensualmente monatlich maandelijks aylik mensile شهريا ежемесячно",
    "year": "yearly annual annuel annuelle anual jahrlich jaarlijks yillik annuale سنويا ежегодно",
}


@lru_cache(maxsize=16384)
def period_of(word: str, language: str) -> str:
    """The period that a folded word names, alone ("day") or as a rate ("daily"); "" where it names none."""
    for period, words in _EVERY.items():
        if word in map(fold, words.split()):
            return period
    unit = units(language).get(word, "")
    return unit if unit in _PERIODS and len(word) > 1 else ""


@cache
def units(language: str) -> Mapping[str, str]:
    """Each folded word of measure of `language` with its one spelling; English and international ones are among them.

    With "" as the language, the words of all languages.
    """
    languages = [language, "en", ""] if language else ["", "en", *(key for key in _UNITS if key not in ("", "en"))]
    table: dict[str, str] = {}
    for key in languages:
        for entry in _UNITS.get(key, "").split("|"):
            canonical, _, written = entry.partition(":")
            for spelling in written.split():
                table.setdefault(fold(spelling), canonical)
    return table


COUNTING: Final = " no."
"""Ends the unit of a number that says which one and not how many: "day no." of "on day 7"."""


@cache
def spellings(unit: str, language: str) -> frozenset[str]:
    """The index terms of the words for a unit in any language, stemmed as in `language` and as they are.

    Of what numbers things ("extension no."), the word itself.
    """
    plain = unit.removesuffix(COUNTING)
    words = [word for word, canonical in units("").items() if canonical == plain]
    words += [plain] if plain != unit else []
    return frozenset((*words, *(stem(word, known) for word in words for known in {language, "en"})))


@cache
def number_words(language: str) -> Mapping[str, tuple[str, bool]]:
    """Each folded number word of `language` with its number, and whether it counts only beside a word of measure."""
    table: dict[str, tuple[str, bool]] = {}
    for entry in _NUMBERS.get(language, "").split("|"):
        number, _, words = entry.partition(":")
        for word in words.split():
            table[fold(word.lstrip("~"))] = (number, word.startswith("~"))
    link, tens = _TENS.get(language, ("", ""))
    ones = [(word, int(number)) for word, (number, _) in table.items() if number.isdigit() and int(number) < 10]
    for ten, written in enumerate(tens.split(), start=2):
        table[fold(written)] = (str(10 * ten), False)
        for word, one in ones:
            for between in _BETWEEN if not link else (*_BETWEEN, f" {link} ", f"-{link}-"):
                table[f"{fold(written)}{between}{word}"] = (str(10 * ten + one), False)
    return table


_BETWEEN: Final = ("-", " ")


@cache
def whole_words(language: str) -> Mapping[str, str]:
    """Folded words that say a number and its unit at once ("twice"), with both written apart."""
    return {fold(word): fold(apart) for word, apart in _WHOLE.get(language, {}).items()}


def in_base(unit: str) -> tuple[str, Fraction]:
    """The unit in which sizes of one kind are compared exactly, and the factor to it: 1000 mg = 1 g, 24 h = 1 day."""
    return _TO_BASE.get(unit, (unit, Fraction(1)))


def is_convertible(unit: str) -> bool:
    """Whether sizes in the unit are compared with those in others: "kg" and "month" are, "tablet" is not."""
    return unit in _TO_BASE
