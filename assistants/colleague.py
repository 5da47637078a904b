"""What customers are told when a person takes over, in every language that an assistant can be told to speak."""

_LINES = {
    "en": "Thank you for your message. A colleague will answer you here shortly.",
    "uk": "Дякуємо за повідомлення. Незабаром вам тут відповість колега.",
    "pl": "Dziękujemy za wiadomość. Wkrótce odpowie tu Państwu nasz pracownik.",
    "de": "Danke für Ihre Nachricht. Ein Mitarbeiter antwortet Ihnen hier in Kürze.",
    "ru": "Спасибо за сообщение. Скоро вам здесь ответит коллега.",
    "fr": "Merci pour votre message. Un collègue vous répondra ici sous peu.",
    "es": "Gracias por su mensaje. Un compañero le responderá aquí en breve.",
    "it": "Grazie per il messaggio. Un collega le risponderà qui a breve.",
    "pt": "Obrigado pela sua mensagem. Um colega responderá aqui em breve.",
    "ro": "Vă mulțumim pentru mesaj. Un coleg vă va răspunde aici în scurt timp.",
    "hu": "Köszönjük az üzenetét. Egy kollégánk hamarosan itt válaszol Önnek.",
    "cs": "Děkujeme za zprávu. Kolega vám zde brzy odpoví.",
    "sk": "Ďakujeme za správu. Kolega vám tu čoskoro odpovie.",
    "bg": "Благодарим за съобщението. Колега ще ви отговори тук скоро.",
    "hr": "Hvala na poruci. Kolega će vam uskoro odgovoriti ovdje.",
    "sr": "Хвала на поруци. Колега ће вам ускоро одговорити овде.",
    "sl": "Hvala za sporočilo. Kolega vam bo kmalu odgovoril tukaj.",
    "lt": "Ačiū už žinutę. Netrukus čia jums atsakys kolega.",
    "lv": "Paldies par ziņu. Drīz šeit jums atbildēs kolēģis.",
    "et": "Täname sõnumi eest. Kolleeg vastab teile siin peagi.",
    "fi": "Kiitos viestistänne. Kollega vastaa teille täällä pian.",
    "sv": "Tack för ditt meddelande. En kollega svarar dig här inom kort.",
    "nb": "Takk for meldingen. En kollega svarer deg her snart.",
    "da": "Tak for din besked. En kollega svarer dig her snart.",
    "nl": "Bedankt voor uw bericht. Een collega antwoordt u hier binnenkort.",
    "el": "Ευχαριστούμε για το μήνυμά σας. Ένας συνεργάτης θα σας απαντήσει εδώ σύντομα.",
    "tr": "Mesajınız için teşekkürler. Bir çalışma arkadaşımız kısa süre içinde size buradan yanıt verecek.",
    "he": "תודה על ההודעה. נציג יענה לך כאן בקרוב.",
    "ar": "شكرًا على رسالتك. سيرد عليك أحد زملائنا هنا قريبًا.",
    "ka": "გმადლობთ შეტყობინებისთვის. კოლეგა მალე აქ გიპასუხებთ.",
    "hy": "Շնորհակալություն հաղորդագրության համար։ Գործընկերը շուտով կպատասխանի ձեզ այստեղ։",
    "az": "Mesajınız üçün təşəkkür edirik. Həmkarımız tezliklə burada sizə cavab verəcək.",
    "kk": "Хабарламаңызға рахмет. Әріптесіміз жақын арада осында жауап береді.",
    "hi": "आपके संदेश के लिए धन्यवाद। एक सहकर्मी जल्द ही यहाँ आपको जवाब देंगे।",
    "zh": "感谢您的留言。同事很快会在这里回复您。",
    "ja": "メッセージありがとうございます。担当者がまもなくこちらでお返事します。",
    "ko": "메시지 감사합니다. 담당자가 곧 여기에서 답변드리겠습니다.",
    "vi": "Cảm ơn tin nhắn của bạn. Một đồng nghiệp sẽ sớm trả lời bạn tại đây.",
    "id": "Terima kasih atas pesan Anda. Rekan kami akan segera membalas di sini.",
    "th": "ขอบคุณสำหรับข้อความของคุณ เจ้าหน้าที่จะตอบคุณที่นี่ในไม่ช้า",
}


def answers_soon(language: str) -> str:
    """That a colleague is going to answer; in English where the language is none of ours."""
    return _LINES.get(language) or _LINES["en"]
