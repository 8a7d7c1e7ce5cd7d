"""Invented pairs of documents, each with whether it is two versions of one document, as a person would say it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

HANDBOOK = """Storing vaccines at the clinic

Effective from 1 May 2023

Receiving a delivery
When a delivery arrives, the storekeeper opens the cold box at once and reads the thermometer that lies inside it. The \
reading is written on the delivery note together with the time. If the thermometer shows less than 2 degrees or more \
than 8 degrees, the box stays closed and the district store is called. Nothing from such a box is given to a patient \
until the district pharmacist has decided. The delivery note is kept for five years in the green folder.

The refrigerator
The refrigerator stands away from the window and at least ten centimetres from the wall. Its door is opened as seldom \
as possible. The temperature is read twice a day, in the morning before the first patient and in the evening before \
the gate is closed, and both readings go on the chart on the door. No food and no drinks are kept in it. Bottles of \
water fill the lower shelf so that the temperature rises slowly when the current fails.

When the current fails
If the current fails, keep the door shut. The refrigerator stays cold for about four hours. After two hours the nurse \
in charge starts the generator. If the generator does not start, the vaccines are moved to the cold boxes with frozen \
packs that have been left outside for twenty minutes, and a driver takes them to the hospital in Kibera.

How long a vial may be used
Vaccine | Keep after opening | Doses in a vial
Measles | 6 hours | 10
Polio | 28 days | 20
Tetanus | 28 days | 10
BCG | 6 hours | 20
Hepatitis B | 28 days | 10

Opened vials that may be kept are marked with the date of opening and stand in the tray at the front. Vials without \
a date are thrown away. The person who opens a vial signs the tally sheet.

Waste
Needles go into the yellow box without their caps being put back. The box is closed when it is three quarters full. \
Full boxes are burnt behind the laundry on Tuesdays and Fridays by trained staff who wear gloves, boots and goggles.

Responsibility
The storekeeper, Grace Wanjiru, is responsible for the stock. Her deputy is Peter Otieno. Both can be reached through \
the reception at any hour. Complaints are written in the book at the reception and answered within two weeks."""

OTHER_CHAPTER = """Looking after visitors

Visiting hours
Visitors are welcome between two and five in the afternoon. In the maternity ward the father may stay as long as the \
mother wishes. Children under twelve come with an adult. In the isolation ward only one visitor is admitted at a time, \
and the nurse in charge shows how the mask is worn.

At the reception
Every visitor signs the book and is given a badge. Badges are returned on leaving. The receptionist explains where the \
ward is and asks whether the visitor has a cough or a fever. A visitor with a fever is asked to come back another day.

Gifts and food
Food may be brought for the patient after the nurse has agreed. It is not kept in the ward's refrigerator. Flowers \
are not allowed in wards for newborns. Staff accept no money and no gifts worth more than a small meal.

Complaints
Complaints are written in the book at the reception and answered within two weeks. Whoever wishes to speak to the \
matron can do so on Wednesday mornings without an appointment. The committee of patients meets every month."""

FAQ = """Questions about vaccines and the cold chain

How cold must the refrigerator be?
Between 2 degrees and 8 degrees, all day and all night. Read the thermometer in the morning and in the evening.

What do we do when the current fails?
Leave the door closed. A full refrigerator stays cold for about four hours. Start the generator after two hours.

How long may an opened vial of measles vaccine be used?
For 6 hours. Throw away what is left, even if it looks clear.

And polio?
For 28 days when the vial is marked with the date on which it was opened and has been kept cold all the time.

May I put my lunch into the refrigerator?
No. Each time the door is opened warm air comes in, and food soils the shelves.

Where do used needles go?
Into the yellow box, at once, and never put the cap back. Close the box when it is three quarters full.

Whom do I call?
The storekeeper, through the reception. If the storekeeper is away, ask for the deputy.

A delivery arrived warm. May I use it?
Not before the district pharmacist has decided. Keep the box closed and call the district store."""

TERMS = """The organisation pays the travel costs of staff who travel on duty. The journey is agreed with the line \
manager before it begins. Public transport is used where there is any. A private car is paid by the kilometre, and \
whoever takes colleagues along is paid a little more. Receipts are handed in within thirty days of the return. Without \
a receipt nothing above the smallest amount is paid. The daily allowance covers meals and small expenses. Where the \
host offers meals, the allowance is reduced by one third for each of them. Nights in a guest house are paid against \
the bill. Alcohol, fines and private calls are never paid. An advance may be asked for one week before the journey and \
is settled within thirty days of the return. Whoever does not settle an advance gets no other one."""

INVOICE = """INVOICE

Invoice number: {number}
Date: {date}
Customer: {customer}
Address: {address}
Order: {order}

Item | Quantity | Price
{rows}

Total: {total}
Please pay within 30 days to the account below. Goods remain our property until they are paid in full. Claims are \
made in writing within eight days of delivery. Thank you for your order.
Nuru Lamps Limited, Industrial Road 12, Kisumu. Bank: Lake Trust, account 00871."""

FORM = """REGISTRATION OF A PATIENT

This form is filled in by the nurse at the first visit. Write in capital letters. Leave nothing empty: where there is \
no answer, write "none". The form is kept in the patient's folder and is shown to nobody outside the clinic. The \
patient may see it at any time and may ask that a mistake be put right.

Name: {name}
Date of birth: {born}
Village: {village}
Next of kin: {kin}
Telephone: {phone}
Allergies: {allergies}
Weight: {weight}
Reason for the visit: {reason}

The patient was told how the information is used and agreed to it. The nurse explained that treatment does not depend \
on it. If the patient cannot write, a witness signs as well. A copy is given to the patient on request.

Signed: {nurse}
Place and date: {signed}"""

PATIENTS = (
    {
        "name": "AMINA YUSUF",
        "born": "3 March 1988",
        "village": "Kaloleni, behind the mosque",
        "kin": "Yusuf Abdi, husband",
        "phone": "0711 204 118",
        "allergies": "penicillin",
        "weight": "61 kg",
        "reason": "cough for two weeks, fever at night",
        "nurse": "R. Chebet",
        "signed": "Kisumu, 4 June 2024",
    },
    {
        "name": "JOSEPH OKELLO",
        "born": "19 November 2001",
        "village": "Nyalenda B",
        "kin": "Mary Okello, mother",
        "phone": "0733 981 002",
        "allergies": "none",
        "weight": "74 kg",
        "reason": "cut on the left hand, tetanus injection",
        "nurse": "P. Otieno",
        "signed": "Kisumu, 11 September 2024",
    },
)

CHINESE = """疫苗的储存与使用说明

收货时，保管员应立即打开冷藏箱，查看箱内温度计，并把读数和时间记录在送货单上。如果温度低于二度或高于八度，箱子保持关闭，并致电地区仓库。\
在地区药剂师作出决定之前，箱内疫苗一律不得使用。送货单须保存五年。
冰箱应远离窗户，与墙壁至少相距十厘米。尽量少开冰箱门。每天早晚各读一次温度，并填写在门上的记录表里。冰箱内不得存放食物和饮料。\
下层放置水瓶，以便停电时温度缓慢上升。
停电时请保持冰箱门关闭，冰箱可保冷约四小时。两小时后由值班护士启动发电机。如果发电机无法启动，则把疫苗移入装有冰排的冷藏箱，由司机送往医院。
已开启的麻疹疫苗须在6小时内用完，脊髓灰质炎疫苗可保存28天。已开启的瓶子必须注明开启日期，放在前面的托盘里。没有日期的瓶子一律丢弃。
用过的针头不要重新盖帽，直接放入黄色锐器盒。盒子装到四分之三时封闭，每周二和周五由经过培训的人员焚烧。"""

CHINESE_OTHER = """访客须知

探视时间为每天下午两点至五点。产科病房的父亲可以按照母亲的意愿停留。十二岁以下的儿童须由成人陪同。隔离病房每次只允许一位访客进入，由值班护士\
示范如何佩戴口罩。
每位访客须在接待处登记并领取胸牌，离开时交还。接待员会说明病房的位置，并询问访客是否咳嗽或发热。发热的访客请改日再来。
经护士同意后可以为病人带食物，但不得放入病房的冰箱。新生儿病房不允许摆放鲜花。工作人员不收取任何钱款和贵重礼物。
投诉请写在接待处的意见簿上，两周内答复。希望与护士长面谈的人，可以在星期三上午直接前来，无须预约。"""

THAI = """คู่มือการเก็บวัคซีนของคลินิก

เมื่อมีของมาส่ง เจ้าหน้าที่คลังต้องเปิดกล่องเย็นทันทีและอ่านเทอร์โมมิเตอร์ที่อยู่ข้างใน แล้วจดอุณหภูมิพร้อมเวลาไว้ในใบส่งของ \
ถ้าอุณหภูมิต่ำกว่า 2 องศาหรือสูงกว่า 8 องศา ให้ปิดกล่องไว้และโทรแจ้งคลังของอำเภอ ห้ามใช้วัคซีนจากกล่องนั้นจนกว่าเภสัชกรจะตัดสินใจ
ตู้เย็นต้องตั้งห่างจากหน้าต่างและห่างจากผนังอย่างน้อยสิบเซนติเมตร เปิดประตูให้น้อยที่สุด อ่านอุณหภูมิวันละสองครั้ง ตอนเช้าและตอนเย็น \
แล้วจดลงในตารางหน้าตู้ ห้ามเก็บอาหารและเครื่องดื่มในตู้เย็น
เมื่อไฟฟ้าดับให้ปิดประตูตู้เย็นไว้ ตู้เย็นจะเย็นอยู่ได้ประมาณสี่ชั่วโมง หลังจากสองชั่วโมงพยาบาลหัวหน้าเวรต้องเดินเครื่องปั่นไฟ
วัคซีนหัดที่เปิดแล้วใช้ได้ 6 ชั่วโมง วัคซีนโปลิโอเก็บได้ 28 วัน ขวดที่เปิดแล้วต้องเขียนวันที่เปิดไว้ ขวดที่ไม่มีวันที่ให้ทิ้ง
เข็มที่ใช้แล้วให้ทิ้งลงกล่องสีเหลืองทันทีโดยไม่ต้องสวมปลอก ปิดกล่องเมื่อเต็มสามในสี่"""

THAI_OTHER = """ระเบียบการเยี่ยมผู้ป่วย

เวลาเยี่ยมคือบ่ายสองโมงถึงห้าโมงเย็นทุกวัน ในแผนกสูติกรรมบิดาอยู่ได้นานเท่าที่มารดาต้องการ เด็กอายุต่ำกว่าสิบสองปีต้องมากับผู้ใหญ่ \
ห้องแยกโรคให้เข้าเยี่ยมได้ครั้งละหนึ่งคน พยาบาลจะสอนวิธีใส่หน้ากาก
ผู้เยี่ยมทุกคนต้องลงชื่อในสมุดและรับบัตรติดหน้าอก เมื่อกลับให้คืนบัตร เจ้าหน้าที่จะถามว่ามีอาการไอหรือเป็นไข้หรือไม่ \
ผู้ที่มีไข้ขอให้มาวันอื่น
นำอาหารมาให้ผู้ป่วยได้เมื่อพยาบาลอนุญาต ห้ามนำดอกไม้เข้าแผนกทารกแรกเกิด เจ้าหน้าที่ไม่รับเงินและของขวัญ
คำร้องเรียนให้เขียนในสมุดที่แผนกต้อนรับ จะได้รับคำตอบภายในสองสัปดาห์"""

MINUTES = """Minutes of the meeting of the water committee

Present: Halima Juma, Samuel Kiprop, Ruth Akinyi, David Mwangi
The chair opened the meeting at ten and thanked everybody for coming in spite of the rain. The minutes of the last \
meeting were read and agreed.
{body}
The next meeting is held at the school. The chair closed the meeting and thanked the cook."""

SHORT = "The gate is locked at nine. Visitors ring the bell. The guard opens until ten."


def rewritten(text: str, share: float, seed: int = 7) -> str:
    """`text` with that share of its words replaced, in runs of about six, as an editor rewrites half-sentences."""
    source = random.Random(seed)
    found = text.split(" ")
    stock = "kindly remember staff must however please report every patient daily again first clean safe later".split()
    left = round(len(found) * share)
    while left > 0:
        at = source.randrange(len(found) - 6)
        for place in range(at, at + 6):
            found[place] = source.choice(stock)
        left -= 6
    return " ".join(found)


def recognised(text: str, errors: float, seed: int = 11) -> str:
    """`text` as text recognition gives it: that share of the words misread, lines broken elsewhere, page numbers."""
    source = random.Random(seed)
    found = text.split()
    for place, word in enumerate(found):
        if source.random() < errors:
            cut = source.randrange(len(word))
            found[place] = word[:cut] + source.choice("lI1rn0Oce") + word[cut + 1 :]
    lines = [" ".join(found[start : start + 9]) for start in range(0, len(found), 9)]
    return "\n".join(lines)


def without(text: str, heading: str) -> str:
    """`text` without the section of that heading."""
    before, _, after = text.partition(f"\n\n{heading}\n")
    return before + after[after.find("\n\n") :]


def form(number: int) -> str:
    return FORM.format(**PATIENTS[number])


def invoice(number: int) -> str:
    first = {
        "number": "2024-0117",
        "date": "14 February 2024",
        "customer": "Mlimani Primary School",
        "address": "PO Box 44, Siaya",
        "order": "by telephone, Mrs Atieno",
        "rows": "Nuru Mini | 24 | 950\nNuru Home | 2 | 2400",
        "total": "27,600 shillings",
    }
    second = {
        "number": "2024-0131",
        "date": "2 April 2024",
        "customer": "Hope Clinic",
        "address": "Airport Road, Eldoret",
        "order": "by letter, Dr Kimani",
        "rows": "Nuru Pro | 5 | 4100\nNuru Sauti | 12 | 1650",
        "total": "40,300 shillings",
    }
    return INVOICE.format(**(first, second)[number])


def minutes(number: int) -> str:
    bodies = (
        "Samuel reported that the pump at the lower well has been mended and gives twenty litres a minute. The "
        "committee agreed to buy two spare washers. Ruth presented the accounts: 4,300 shillings were paid in and "
        "1,150 spent. Halima asked that the fence be closed so that goats keep out. David offered to bring posts.",
        "Ruth reported that eleven households have not paid since Easter. It was agreed that David visits them. The "
        "county engineer wants to test the water in August; Samuel will show him the way. Halima proposed a second "
        "tap near the market, which was put off until there is money. A new padlock was bought for 600 shillings.",
    )
    return MINUTES.format(body=bodies[number])


CONSENT = """AGREEMENT TO AN OPERATION

{head}

What is done
The surgeon has explained what is done, why it is done and what else could be done instead. Every operation has risks: \
bleeding, infection of the wound, and a reaction to the anaesthetic. They are rare, and the staff is trained to meet \
them. Most patients feel pain for some days; it is treated. The wound is looked at every day, and the threads are \
taken out after ten days. Whoever has a fever after going home comes back at once, also at night.

Before the operation
Nothing is eaten after midnight. Water may be drunk until two hours before. Rings and watches are left at home. Tell \
the nurse which medicines you take and whether anybody in your family had trouble with an anaesthetic.

Your rights
You may ask as often as you like. You may take back your agreement at any time before the operation begins, and nobody \
will be angry with you. What we know of your illness is told to nobody outside the clinic without your leave."""

LETTER = """Nuru Lamps Limited, Industrial Road 12, Kisumu

{name}
{address}

Dear {name},
your lamp comes with a warranty of two years. If it fails in that time, bring it to the shop where you bought it, \
with the receipt. It is mended or replaced within ten days. Damage by water, a fall or another charger is not covered. \
The battery is worn out after about three years and can be bought in every shop. Please keep this letter."""

PRICES = """Price list of Nuru Lamps from {day}

Lamp | Light | Price
Nuru Mini | 50 lumens | {0}
Nuru Home | 120 lumens | {1}
Nuru Pro | 250 lumens | {2}
Nuru Sauti | 180 lumens | {3}
Spare battery | none | {4}
Spare cable | none | {5}

Prices are in shillings, with tax. Ten lamps or more are five percent cheaper. Delivery in Kisumu is free, elsewhere \
it costs what the carrier asks. All lamps have a warranty of two years. This list replaces all earlier ones."""


def consent(number: int) -> str:
    patient = PATIENTS[number]
    labels = {"Name": "name", "Date of birth": "born", "Village": "village", "Telephone": "phone", "Weight": "weight"}
    return CONSENT.format(head="\n".join(f"{label}: {patient[key]}" for label, key in labels.items()))


def customer_invoice(number: int) -> str:
    first = {
        "number": "2024-0117",
        "date": "14 February 2024",
        "order": "by telephone",
        "rows": "Nuru Mini | 24 | 950",
        "total": "22,800 shillings",
    }
    second = {
        "number": "2024-0231",
        "date": "3 June 2024",
        "order": "by letter",
        "rows": "Nuru Mini | 10 | 950",
        "total": "9,500 shillings",
    }
    customer = {"customer": "Mlimani Primary School", "address": "PO Box 44, Siaya"}
    return INVOICE.format(**(first, second)[number], **customer)


_CHANGES: Final[dict[str, Callable[[], tuple[str, str]]]] = {
    "a row of a table changed": lambda: (HANDBOOK, HANDBOOK.replace("Polio | 28 days", "Polio | 14 days")),
    "the date changed": lambda: (HANDBOOK, HANDBOOK.replace("1 May 2023", "10 February 2025")),
    "all of it with another layout": lambda: (HANDBOOK, HANDBOOK.replace(". ", ".\n").replace("\n\n", "\n")),
    "5 % rewritten": lambda: (HANDBOOK, rewritten(HANDBOOK, 0.05)),
    "10 % rewritten": lambda: (HANDBOOK, rewritten(HANDBOOK, 0.10)),
    "10 % rewritten elsewhere": lambda: (HANDBOOK, rewritten(HANDBOOK, 0.10, seed=8)),
    "two words in a hundred changed one by one": lambda: (HANDBOOK, recognised(HANDBOOK, 0.02)),
    "a section added": lambda: (without(HANDBOOK, "Waste"), HANDBOOK),
    "two sections added": lambda: (without(without(HANDBOOK, "Waste"), "The refrigerator"), HANDBOOK),
    "two chapters added": lambda: (HANDBOOK, f"{HANDBOOK}\n\n{OTHER_CHAPTER}\n\n{TERMS}"),
    "people and numbers brought up to date": lambda: (
        HANDBOOK,
        HANDBOOK.replace("Grace Wanjiru", "Miriam Auma")
        .replace("Peter Otieno", "Tom Barasa")
        .replace("four hours", "three hours")
        .replace("6 hours", "4 hours")
        .replace("two weeks", "ten days"),
    ),
    "read by text recognition, 3 % of the words wrong": lambda: (HANDBOOK, recognised(HANDBOOK, 0.03)),
    "read by text recognition, 6 % of the words wrong": lambda: (HANDBOOK, recognised(HANDBOOK, 0.06)),
    "terms, 5 % rewritten": lambda: (TERMS, rewritten(TERMS, 0.05)),
    "terms, one number changed": lambda: (TERMS, TERMS.replace("thirty days", "sixty days")),
    "Chinese, two numbers changed": lambda: (CHINESE, CHINESE.replace("28天", "14天").replace("五年", "三年")),
    "Chinese, a paragraph left out": lambda: (CHINESE, "\n".join(CHINESE.split("\n")[:-1])),
    "Thai, a number changed": lambda: (THAI, THAI.replace("28 วัน", "14 วัน")),
    "Thai, a paragraph left out": lambda: (THAI, "\n".join(THAI.split("\n")[:-1])),
    "the form filled in, a telephone number put right": lambda: (form(0), form(0).replace("204 118", "204 181")),
    "minutes, a slip put right": lambda: (minutes(0), minutes(0).replace("4,300", "4,030")),
    "a price list with two new prices": lambda: (
        PRICES.format(950, 2400, 4100, 1650, 600, 120, day="1 May 2023"),
        PRICES.format(990, 2400, 4100, 1650, 600, 150, day="1 May 2024"),
    ),
    "a price list with all prices new": lambda: (
        PRICES.format(950, 2400, 4100, 1650, 600, 120, day="1 May 2023"),
        PRICES.format(1050, 2650, 4550, 1800, 690, 140, day="1 February 2025"),
    ),
    "a quarter rewritten": lambda: (HANDBOOK, rewritten(HANDBOOK, 0.25)),
}

_DIFFERENT: Final[dict[str, Callable[[], tuple[str, str]]]] = {
    "two chapters": lambda: (HANDBOOK, OTHER_CHAPTER),
    "a handbook and the FAQ on its subject": lambda: (HANDBOOK, FAQ),
    "a handbook and the terms of travel": lambda: (HANDBOOK, TERMS),
    "a form filled in for two patients": lambda: (form(0), form(1)),
    "two invoices": lambda: (invoice(0), invoice(1)),
    "minutes of two meetings": lambda: (minutes(0), minutes(1)),
    "two chapters in Chinese": lambda: (CHINESE, CHINESE_OTHER),
    "two chapters in Thai": lambda: (THAI, THAI_OTHER),
    "a handbook and its translation": lambda: (HANDBOOK, CHINESE),
    "two short notices": lambda: (SHORT, SHORT.replace("nine", "eight").replace("gate", "door")),
    "two short notices that differ in a word": lambda: (SHORT, SHORT.replace("nine", "eight")),
    "half rewritten": lambda: (HANDBOOK, rewritten(HANDBOOK, 0.5)),
    "a handbook and one of its sections": lambda: (
        HANDBOOK,
        "How long" + HANDBOOK.split("How long")[1].split("Waste")[0],
    ),
    "two chapters that open with the same terms": lambda: (f"{TERMS}\n\n{OTHER_CHAPTER}", f"{TERMS}\n\n{HANDBOOK}"),
    "a long agreement signed by two patients": lambda: (consent(0), consent(1)),
    "two invoices to one customer": lambda: (customer_invoice(0), customer_invoice(1)),
    "one letter to two customers": lambda: (
        LETTER.format(name="Mrs Achieng", address="PO Box 12, Kisumu"),
        LETTER.format(name="Dr Kimani", address="Airport Road 4, Eldoret"),
    ),
    "an empty form and one that is filled in": lambda: (FORM.format(**dict.fromkeys(PATIENTS[0], "")), form(1)),
}

MISJUDGED: Final = {
    "a price list with all prices new": "every row is another one; somebody has to say that it superseded the old",
    "a quarter rewritten": "half of the runs of words are others",
    "one letter to two customers": "but for the address it is one text",
}
"""Pairs that the measure is known to get wrong, and why."""

PAIRS: Final[list[tuple[str, bool, str, str]]] = [
    *((name, True, *make()) for name, make in _CHANGES.items()),
    *((name, False, *make()) for name, make in _DIFFERENT.items()),
]
"""Name, whether the two are versions of one document, and their texts."""
