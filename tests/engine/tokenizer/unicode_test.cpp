// The Unicode tables against those of the reference (its unicode-data.cpp, Unicode 15.1), by the
// CRC-32 of what they say of every code point, and UTF-8 against the standard's examples.
#include "engine/base/unicode.h"

#include <QtTest>
#include <functional>

using namespace alcove;

namespace {

uint32_t crcOf(const std::function<void(std::function<void(uint32_t)>)>& produce) {
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; ++i) {
        table[i] = i;
        for (int bit = 0; bit < 8; ++bit)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xEDB88320 : 0);
    }
    uint32_t crc = ~0U;
    produce([&](uint32_t byte) { crc = crc >> 8 ^ table[(crc ^ byte) & 255]; });
    return ~crc;
}

uint32_t crcOfMap(char32_t (*map)(char32_t)) {
    return crcOf([&](const auto& put) {
        for (char32_t code = 0; code < kUnicodeLimit; ++code) {
            for (int shift = 0; shift < 32; shift += 8) put(map(code) >> shift & 255);
        }
    });
}

}  // namespace

class UnicodeTest : public QObject {
    Q_OBJECT

private slots:
    void categories() {
        const uint32_t crc = crcOf([](const auto& put) {
            for (char32_t code = 0; code < kUnicodeLimit; ++code) {
                put(static_cast<uint32_t>(unicodeCategory(code)));
            }
        });
        QCOMPARE(crc, uint32_t{0x58996384});
    }
    void classesAreCategories() {
        constexpr uint8_t kBits[] = {0,
                                     CharClass::Letter,
                                     CharClass::Number,
                                     CharClass::Mark,
                                     CharClass::Punctuation,
                                     CharClass::Symbol,
                                     0,
                                     CharClass::Control};
        for (char32_t code = 0; code < kUnicodeLimit; ++code) {
            const uint8_t white = isUnicodeWhite(code) ? CharClass::White : 0;
            QCOMPARE(charClasses()[code],
                     static_cast<uint8_t>(kBits[static_cast<int>(unicodeCategory(code))] | white));
        }
        QCOMPARE(charClasses()[0x110000], uint8_t{0});
    }
    void lowerCase() { QCOMPARE(crcOfMap(unicodeLower), uint32_t{0x51648037}); }
    void baseLetters() { QCOMPARE(crcOfMap(unicodeBase), uint32_t{0x2c4e4eaf}); }

    void utf8RoundTrip() {
        for (char32_t code = 0; code < kUnicodeLimit; ++code) {
            std::string text;
            appendUtf8(text, code);
            QCOMPARE(text.size(), utf8Size(code));
            QCOMPARE(utf8Length(text[0]), text.size());
            const Utf8Char c = decodeUtf8Loosely(text, 0);
            QVERIFY(c.valid && c.code == code && c.bytes == text.size());
            const bool surrogate = code >= 0xD800 && code < 0xE000;
            QCOMPARE(strictUtf8Prefix(text).state == Utf8Prefix::State::Whole, !surrogate);
        }
    }
    void strictPrefixes_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("state");
        QTest::addColumn<int>("bytes");
        const auto row = [](const char* hex, Utf8Prefix::State state, int bytes) {
            QTest::newRow(hex) << QByteArray::fromHex(hex) << static_cast<int>(state) << bytes;
        };
        using State = Utf8Prefix::State;
        row("80", State::Broken, 1);
        row("c0af", State::Broken, 1);
        row("e08080", State::Broken, 1);
        row("e282", State::Unfinished, 2);
        row("e28241", State::Broken, 2);
        row("eda080", State::Broken, 1);
        row("f09f98", State::Unfinished, 3);
        row("f09f9841", State::Broken, 3);
        row("f4908080", State::Broken, 1);
        row("f8888080", State::Broken, 1);
        row("f48fbfbf", State::Whole, 4);
        row("", State::Unfinished, 0);
    }
    void strictPrefixes() {
        QFETCH(QByteArray, text);
        QFETCH(int, state);
        QFETCH(int, bytes);
        const Utf8Prefix prefix = strictUtf8Prefix({text.constData(), size_t(text.size())});
        QCOMPARE(static_cast<int>(prefix.state), state);
        QCOMPARE(static_cast<int>(prefix.bytes), bytes);
    }

    void printableTextControlsNothing() {
        QCOMPARE(printable("plain, é, 模型, \xf0\x9f\x98\x80"), std::string("plain, é, 模型, 😀"));
        QCOMPARE(printable("\x1b[2J\n\x7f"), std::string("\\x1b[2J\\x0a\\x7f"));
        QCOMPARE(printable("\xc2\x9b"
                           "2J"),
                 std::string("\\xc2\\x9b"
                             "2J"));  // C1
        QCOMPARE(printable("a\xe2\x80\xae"
                           "b"),
                 std::string("a\\xe2\\x80\\xae"
                             "b"));  // right to left
        QCOMPARE(printable("\xc3(\xff"), std::string("\\xc3(\\xff"));
        QCOMPARE(printable(std::string(64, 'x')), std::string(64, 'x'));
        QCOMPARE(printable(std::string(65, 'x')), std::string(64, 'x') + "…");
        QCOMPARE(printable(std::string(63, 'x') + "é"), std::string(63, 'x') + "…");
        QCOMPARE(printable(std::string(1000, 'x'), kUncut), std::string(1000, 'x'));
        QCOMPARE(printable("👩‍🔬 می‌خواهم"),
                 std::string("👩‍🔬 می‌خواهم"));  // joined, and kept apart
    }

    void printableProseKeepsItsLines() {
        QCOMPARE(printableText("one\n\ttwo \x1b[2J\r\x07\x7f"),
                 std::string("one\n\ttwo \\x1b[2J\\x0d\\x07\\x7f"));
        QCOMPARE(printableText("\xc2\x9b"
                               "2J \xff"),
                 std::string("\\xc2\\x9b"
                             "2J \\xff"));
        QCOMPARE(printableText("שלום\xe2\x80\x8f é 👩‍🔬"),
                 std::string("שלום\xe2\x80\x8f é 👩‍🔬"));
        QCOMPARE(printableText(std::string(1000, 'x')), std::string(1000, 'x'));
    }
};

QTEST_GUILESS_MAIN(UnicodeTest)
#include "unicode_test.moc"
