"""Each passage of the report says its language, as far as its words tell."""

from __future__ import annotations

import pytest

from bot.report.html import passage
from bot.report.words import spoken


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ich habe Angst, dass wir mit der neuen App nicht mehr gehört werden und die Arbeit liegen bleibt.", "de"),
        ("I think that this would make the mornings harder for us, and nobody has asked what we need.", "en"),
        ("Je pense que les locataires âgés ne vont pas pouvoir le faire et que nous serons seuls.", "fr"),
        ("No creo que los vecinos tengan tiempo para aprender esto, y nos va a costar más.", "es"),
        ("Non penso che gli anziani sono pronti per questo, ma con più tempo è possibile.", "it"),
        ("Ik denk dat het voor ons niet werkt, maar met een goede uitleg is er een kans.", "nl"),
        ("Nie wiem, jak to jest możliwe, ale dla nas to nie będzie łatwe i się boję.", "pl"),
        ("Jag tror att det är bra för oss, men vi har inte tid på morgonen.", "sv"),
        ("這個系統對我們來說太複雜了，沒有人教我們怎麼用。", "zh-Hant"),
        ("这个系统对我们来说太复杂了，没有人教我们怎么用。", "zh-Hans"),
        ("一句中文", "zh"),
        ("No time", ""),
        ("OK", ""),
        ("Wifi, VPN, SAP", ""),
        ("", ""),
    ],
)
def test_a_passage_says_its_language(text: str, language: str) -> None:
    assert spoken(text) == language
    assert (f'lang="{language}"' in passage(text)) is bool(language)
