"""Which language a text in Latin letters is written in, by its small words; in doubt it is English."""

from __future__ import annotations

from collections.abc import Sequence

_ENGLISH = frozenset(
    """a an and any are as at be but buy by can delivery do does for from get good have hello hi hours how i if in is it
    many me morning much my need no not of ok on open or order please price send shop so thank thanks the there this
    time to today want was we what when where will with would yes you your""".split()  # noqa: SIM905
)
_OTHERS = {
    code: frozenset(told.split())
    for code, told in {
        "pl": "jest czy nie się proszę dziękuję dzień dobry jak ile kiedy gdzie mam chcę mogę dla mnie cześć to co"
        " kosztuje w na z państwo macie",
        "de": "ist das die der und ich sie nicht wie wo wann was haben kann bitte danke hallo guten tag eine einen ein"
        " mein meine für mit es kostet viel möchte brauche wir gibt",
        "fr": "est le la les une des je vous bonjour merci quel quelle combien où quand comment pas pour avec mon mes"
        " s'il plaît ce que qui avez voudrais coûte c'est et du au un",
        "es": "el la los las es una qué que cómo cuánto cuánta cuándo dónde hola gracias por favor para con mi tengo"
        " quiero puedo hay está cuesta buenos días usted necesito un del y",
        "it": "il lo la gli è una che come quanto quando dove ciao grazie per favore con mio ho vorrei posso c'è sono"
        " costa buongiorno di non avete un del e",
        "pt": "o os uma é que como quanto quando onde olá obrigado obrigada por favor para com meu minha tenho quero"
        " posso há está custa bom dia você não um do da",
        "ro": "este un și sunt cum cât când unde bună mulțumesc vă rog pentru cu meu mea vreau pot ce nu aveți costă"
        " ziua salut să în",
        "hu": "az és hogy van nem mennyi mikor hol szia köszönöm kérem kérek jó napot kívánok egy szeretnék lehet mi"
        " milyen kerül mennyibe",
        "cs": "je jak kolik kdy kde dobrý den děkuji prosím mám chci můžu mohu pro na ne to co stojí ahoj jsem máte že",
        "sk": "je ako koľko kedy kde dobrý deň ďakujem prosím mám chcem môžem pre na nie to čo stojí ahoj som máte že",
        "hr": "je kako koliko kada gdje dobar dan hvala molim imam želim mogu za na ne što košta bok sam li imate",
        "sl": "je kako koliko kdaj kje dober dan hvala prosim imam želim lahko za na ne kaj stane živjo sem ali imate",
        "lt": "yra kaip kiek kada kur labas ačiū prašau turiu noriu galiu ar ir ne kas kainuoja diena laba man jūs",
        "lv": "ir kā cik kad kur sveiki paldies lūdzu man gribu varu vai un nav kas maksā labdien es jums",
        "et": "on kuidas palju millal kus tere aitäh palun mul tahan saan kas ja ei mis maksab ma teil",
        "fi": "on miten paljonko milloin missä hei kiitos minulla haluan voinko ja ei mikä maksaa päivää minä teillä"
        " kuinka paljon moi",
        "sv": "är hur mycket när var hej tack jag vill kan och inte vad kostar det en ett för har ni min",
        "nb": "er hvordan mye når hvor hei takk jeg vil kan og ikke hva koster det en et har dere min",
        "da": "er hvordan meget hvornår hvor hej tak jeg vil kan og ikke hvad koster det en et har min",
        "nl": "is hoe veel wanneer waar hallo dank bedankt ik wil kan en niet wat kost het een de voor heb jullie mijn"
        " mij u alstublieft heeft",
        "tr": "ne kadar nasıl nerede zaman merhaba teşekkürler teşekkür ederim lütfen var mı mi ben istiyorum bir ve"
        " değil için bu benim iyi günler siparişim",
        "az": "nə qədər necə harada vaxt salam təşəkkür edirəm zəhmət olmasa var mən istəyirəm bir və deyil üçün mənim",
        "vi": "là bao nhiêu khi nào ở đâu xin chào cảm ơn tôi muốn có không được và của cho bạn giá làm",
        "id": "apa berapa kapan di mana halo terima kasih tolong saya mau ingin bisa ada dan tidak untuk yang ini itu"
        " harga apakah selamat",
    }.items()
}
_ENOUGH = 2
"""Words of a language that tell it; one does where it has a letter that English has not, or is all that is said."""


def language_of(words: Sequence[str]) -> str:
    """The code of the language with most of its small words among these; English wins where it has as many."""
    best, most = "en", sum(word in _ENGLISH for word in words)
    for code, small in _OTHERS.items():
        found = [word for word in words if word in small]
        tells = len(found) >= _ENOUGH or len(found) == len(words) or any(not word.isascii() for word in found)
        if len(found) > most and tells:
            best, most = code, len(found)
    return best
