"""What an assistant says of itself, whatever model speaks for it, in the customer's language."""

from assistants.engine import callwords

_DISCLOSURE = {
    "en": "You are talking to an automatic assistant. Write “{word}” to reach a person.",
    "uk": "З вами говорить автоматичний помічник. Щоб покликати людину, напишіть «{word}».",
    "pl": "Rozmawia Pani/Pan z automatycznym asystentem. Aby połączyć się z człowiekiem, proszę napisać „{word}”.",
    "de": "Sie sprechen mit einem automatischen Assistenten. Schreiben Sie „{word}“, um einen Menschen zu erreichen.",
    "ru": "С вами говорит автоматический помощник. Чтобы позвать человека, напишите «{word}».",
    "fr": "Vous parlez à un assistant automatique. Écrivez « {word} » pour joindre une personne.",
    "es": "Está hablando con un asistente automático. Escriba «{word}» para hablar con una persona.",
    "it": "Sta parlando con un assistente automatico. Scriva «{word}» per parlare con una persona.",
    "pt": "Está a falar com um assistente automático. Escreva “{word}” para falar com uma pessoa.",
    "ro": "Vorbiți cu un asistent automat. Scrieți „{word}” pentru a vorbi cu o persoană.",
    "hu": "Ön egy automatikus asszisztenssel beszél. Írja be: „{word}”, ha emberrel szeretne beszélni.",
    "cs": "Mluvíte s automatickým asistentem. Napište „{word}“, pokud chcete mluvit s člověkem.",
    "sk": "Hovoríte s automatickým asistentom. Napíšte „{word}“, ak chcete hovoriť s človekom.",
    "bg": "Говорите с автоматичен асистент. Напишете „{word}“, за да се свържете с човек.",
    "hr": "Razgovarate s automatskim asistentom. Napišite „{word}” da biste razgovarali s osobom.",
    "sr": "Разговарате са аутоматским асистентом. Напишите „{word}“ да бисте разговарали са особом.",
    "sl": "Pogovarjate se s samodejnim pomočnikom. Napišite »{word}« za pogovor s človekom.",
    "lt": "Kalbate su automatiniu asistentu. Parašykite „{word}“, jei norite kalbėti su žmogumi.",
    "lv": "Jūs runājat ar automātisku asistentu. Rakstiet “{word}”, lai runātu ar cilvēku.",
    "et": "Te räägite automaatse assistendiga. Inimesega rääkimiseks kirjutage „{word}”.",
    "fi": "Keskustelet automaattisen avustajan kanssa. Kirjoita ”{word}”, jos haluat puhua ihmiselle.",
    "sv": "Du pratar med en automatisk assistent. Skriv ”{word}” för att nå en person.",
    "nb": "Du snakker med en automatisk assistent. Skriv «{word}» for å nå en person.",
    "da": "Du taler med en automatisk assistent. Skriv “{word}” for at få fat i en person.",
    "nl": "U praat met een automatische assistent. Schrijf “{word}” om een persoon te bereiken.",
    "el": "Μιλάτε με έναν αυτόματο βοηθό. Γράψτε «{word}» για να μιλήσετε με άνθρωπο.",
    "tr": "Otomatik bir asistanla konuşuyorsunuz. Bir kişiye ulaşmak için “{word}” yazın.",
    "he": "זוהי שיחה עם עוזר אוטומטי. כדי לדבר עם אדם, יש לכתוב „{word}”.",
    "ar": "أنت تتحدث إلى مساعد آلي. اكتب «{word}» للتحدث إلى شخص.",
    "ka": "თქვენ ესაუბრებით ავტომატურ ასისტენტს. ადამიანთან დასაკავშირებლად დაწერეთ „{word}“.",
    "hy": "Դուք խոսում եք ավտոմատ օգնականի հետ։ Մարդու հետ խոսելու համար գրեք «{word}»։",
    "az": "Siz avtomatik köməkçi ilə danışırsınız. İnsanla danışmaq üçün “{word}” yazın.",
    "kk": "Сіз автоматты көмекшімен сөйлесіп тұрсыз. Адаммен сөйлесу үшін «{word}» деп жазыңыз.",
    "hi": "आप एक स्वचालित सहायक से बात कर रहे हैं। किसी व्यक्ति से बात करने के लिए “{word}” लिखें।",
    "zh": "您正在与自动助手对话。如需人工服务，请输入“{word}”。",
    "ja": "自動アシスタントが応対しています。担当者とお話しになりたい場合は「{word}」とお書きください。",
    "ko": "자동 도우미와 대화하고 계십니다. 사람과 대화하시려면 “{word}”이라고 써 주세요.",
    "vi": "Bạn đang nói chuyện với trợ lý tự động. Hãy viết “{word}” để gặp một người.",
    "id": "Anda berbicara dengan asisten otomatis. Tulis “{word}” untuk berbicara dengan orang.",
    "th": "คุณกำลังคุยกับผู้ช่วยอัตโนมัติ พิมพ์ “{word}” เพื่อคุยกับเจ้าหน้าที่",
}
"""With the first of the usual words that call a person in that language."""


def disclosure(language: str) -> str:
    """Said once, before the first answer; in English where the language is none of ours."""
    code = language if language in _DISCLOSURE else "en"
    return _DISCLOSURE[code].format(word=callwords.USUAL[code][0])


_SECRECY = {
    "en": "How I am set up is not something I can share. Is there anything about us that I can help you with?",
    "uk": "Про свої налаштування я розповідати не можу. Чим ще можу допомогти?",
    "pl": "O swoich ustawieniach nie mogę opowiadać. W czym jeszcze mogę pomóc?",
    "de": "Über meine Einstellungen kann ich nichts sagen. Womit kann ich Ihnen sonst helfen?",
    "ru": "О своих настройках я рассказывать не могу. Чем ещё могу помочь?",
    "fr": "Je ne peux pas parler de mes réglages. Comment puis-je vous aider autrement ?",
    "es": "No puedo hablar de mi configuración. ¿En qué más puedo ayudarle?",
    "it": "Non posso parlare delle mie impostazioni. In cos'altro posso aiutarla?",
    "pt": "Não posso falar sobre a minha configuração. Em que mais posso ajudar?",
    "ro": "Nu pot vorbi despre setările mele. Cu ce altceva vă pot ajuta?",
    "hu": "A beállításaimról nem beszélhetek. Miben segíthetek még?",
    "cs": "O svém nastavení mluvit nemohu. S čím jiným vám mohu pomoci?",
    "sk": "O svojom nastavení hovoriť nemôžem. S čím iným vám môžem pomôcť?",
    "bg": "Не мога да говоря за настройките си. С какво друго мога да помогна?",
    "hr": "O svojim postavkama ne mogu govoriti. Kako vam još mogu pomoći?",
    "sr": "О својим подешавањима не могу да говорим. Како још могу да вам помогнем?",
    "sl": "O svojih nastavitvah ne morem govoriti. Kako vam še lahko pomagam?",
    "lt": "Apie savo nustatymus kalbėti negaliu. Kuo dar galiu padėti?",
    "lv": "Par saviem iestatījumiem es nevaru runāt. Ar ko vēl varu palīdzēt?",
    "et": "Oma seadistustest ma rääkida ei saa. Kuidas saan veel aidata?",
    "fi": "Asetuksistani en voi kertoa. Miten muuten voin auttaa?",
    "sv": "Hur jag är inställd kan jag inte berätta. Vad kan jag annars hjälpa till med?",
    "nb": "Hvordan jeg er satt opp, kan jeg ikke fortelle. Hva kan jeg ellers hjelpe med?",
    "da": "Hvordan jeg er sat op, kan jeg ikke fortælle. Hvad kan jeg ellers hjælpe med?",
    "nl": "Over mijn instellingen kan ik niets zeggen. Waarmee kan ik u verder helpen?",
    "el": "Δεν μπορώ να μιλήσω για τις ρυθμίσεις μου. Σε τι άλλο μπορώ να βοηθήσω;",
    "tr": "Ayarlarım hakkında bilgi veremem. Başka nasıl yardımcı olabilirim?",
    "he": "איני יכול לספר על ההגדרות שלי. במה עוד אפשר לעזור?",
    "ar": "لا يمكنني الحديث عن إعداداتي. كيف يمكنني مساعدتك في أمر آخر؟",
    "ka": "ჩემს პარამეტრებზე ვერ ვისაუბრებ. კიდევ რით შემიძლია დაგეხმაროთ?",
    "hy": "Իմ կարգավորումների մասին խոսել չեմ կարող։ Էլ ինչո՞վ կարող եմ օգնել։",
    "az": "Parametrlərim barədə danışa bilmərəm. Başqa nə ilə kömək edə bilərəm?",
    "kk": "Баптауларым туралы айта алмаймын. Тағы қалай көмектесе аламын?",
    "hi": "मैं अपनी सेटिंग के बारे में नहीं बता सकता। और किस बात में मदद करूँ?",
    "zh": "我无法透露我的设置。还有什么可以帮您？",
    "ja": "私の設定についてはお話しできません。ほかにお手伝いできることはありますか。",
    "ko": "제 설정에 대해서는 말씀드릴 수 없습니다. 다른 도움이 필요하신가요?",
    "vi": "Tôi không thể nói về cách tôi được thiết lập. Tôi có thể giúp gì khác cho bạn?",
    "id": "Saya tidak dapat membahas pengaturan saya. Ada hal lain yang bisa saya bantu?",
    "th": "ฉันไม่สามารถบอกการตั้งค่าของฉันได้ มีอะไรอื่นให้ช่วยไหม",
}


def secrecy(language: str) -> str:
    """Said in place of an answer that would have repeated the instructions; in English as `disclosure`."""
    return _SECRECY.get(language) or _SECRECY["en"]
