package heed.transformer.testing;

import java.util.List;

/** Texts that are short, long, of many scripts, and awkward. */
public final class Texts {
    private Texts() {}

    public static List<String> mixed() {
        return List.of(
                "The trophy didn't fit in the suitcase because it was too big.",
                "The trophy didn't fit in the suitcase because it was too small.",
                "a",
                "Attention is all you need.",
                "The animal didn't cross the street because it was too tired.",
                "The boy thanked the girl because she had helped him.",
                "The keys to the cabinet are on the table.",
                "Time flies like an arrow; fruit flies like a banana.",
                "\"Why,\" she asked, \"would a state-of-the-art model care?\"",
                "E = mc², 3.14159, 1,000,000 and 50 % of $9.99!",
                "for (int i = 0; i < n; i++) { sum += x[i]; }",
                "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
                "Paris is the [MASK] of France. [SEP] Berlin is not.",
                "Zażółć gęślą jaźń, naïve façade, Ångström, ÇA VA",
                "e\u0301 a\u0308 n\u0303 combining accents: cafe\u0301",
                "你好世界，今天天气很好。",
                "東京は日本の首都です。カタカナとひらがな。",
                "한국어 문장입니다.",
                "مرحبا بالعالم، كيف حالك؟",
                "שלום עולם",
                "Привет, мир! Как дела?",
                "नमस्ते दुनिया",
                "👩‍👩‍👧‍👦 family, 👍🏽 thumb, 🇩🇪 flag and 🙂",
                "tabs\tand\nnew lines\r\n  and   spaces",
                "...!!!???",
                "word ".repeat(127).strip(),
                "one two three four five six seven eight nine ten ".repeat(20).strip());
    }
}
