#include "rag/chunking/chunker.h"

#include <QtTest>
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "rag/chunking/pieces.h"

using namespace alcove;
using namespace alcove::rag;

namespace {

/// A token for each word and each mark, and one more for every eight letters of a long word.
class MarkCounter final : public TokenCounter {
public:
    [[nodiscard]] size_t count(std::string_view text) const override {
        size_t tokens = 0, run = 0;
        for (const char c : text) {
            const bool letter = std::isalnum(static_cast<unsigned char>(c)) || (c & 0x80);
            run = letter ? run + 1 : 0;
            if (letter ? run % 8 == 1 : !std::isspace(static_cast<unsigned char>(c))) ++tokens;
        }
        return tokens;
    }
};

const MarkCounter kCounter;

/// Makes a document as a reader does: blocks in order, line feeds between them.
class Maker {
public:
    Document document;

    void page() {
        document.pages.emplace_back();
        m_heading = kNone;
    }
    uint32_t block(BlockKind kind, const std::string& text, uint32_t table = kNone) {
        Page& last = document.pages.back();
        if (!last.text.empty()) last.text += "\n\n";
        Block block;
        block.kind = kind;
        block.page = static_cast<uint32_t>(document.pages.size() - 1);
        block.heading = m_heading;
        block.table = table;
        block.range.begin = last.text.size();
        last.text += text;
        block.range.end = last.text.size();
        document.blocks.push_back(block);
        return static_cast<uint32_t>(document.blocks.size() - 1);
    }
    void heading(const std::string& text, uint32_t above = kNone) {
        m_heading = above;
        m_heading = block(BlockKind::Heading, text);
    }
    [[nodiscard]] uint32_t lastHeading() const { return m_heading; }

private:
    uint32_t m_heading = kNone;
};

std::string sentences(int count, int words = 11) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        if (i > 0) text += ' ';
        text += "Sentence";
        for (int w = 1; w < words; ++w) text += " word" + std::to_string(i % 7);
        text += '.';
    }
    return text;
}

/// What every cutting must keep; gives the chunks.
std::vector<Chunk> checked(const Document& document, const ChunkerOptions& options) {
    std::vector<Chunk> chunks = cutIntoChunks(document, kCounter, options);
    size_t page = 0;
    uint64_t end = 0;
    std::vector<std::string> covered(document.pages.size());
    for (const Chunk& chunk : chunks) {
        if (chunk.page != page) end = 0;
        const std::string& text = document.pages[chunk.page].text;
        if (chunk.page < page || chunk.range.begin < end || chunk.range.size() == 0 ||
            text.substr(chunk.range.begin, chunk.range.size()) != chunk.body)
            qFatal("a chunk's range is not the chunk");
        if (kCounter.count(chunk.body) > options.target) qFatal("a chunk is too long");
        if (kCounter.count(embeddedText("A title", chunk, kCounter, options.limit)) > options.limit)
            qFatal("more is embedded than the embedder reads");
        page = chunk.page;
        end = chunk.range.end;
        covered[page] += chunk.body;
    }
    // Nothing but white space is left out.
    const auto bare = [](std::string text) {
        std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\t'; });
        return text;
    };
    for (size_t i = 0; i < covered.size(); ++i)
        if (bare(covered[i]) != bare(document.pages[i].text)) qFatal("a text is left out");
    return chunks;
}

}  // namespace

class ChunkerTest : public QObject {
    Q_OBJECT

private slots:
    void aShortTextIsOneChunk() {
        Maker maker;
        maker.page();
        maker.block(BlockKind::Paragraph, sentences(2));
        maker.block(BlockKind::Paragraph, sentences(1));
        const auto chunks = checked(maker.document, {200, 510});
        QCOMPARE(chunks.size(), size_t{1});
        QVERIFY(chunks[0].kind == BlockKind::Paragraph);
        QVERIFY(checked({}, {200, 510}).empty());
    }

    void aLongParagraphIsCutBetweenSentencesEvenly() {
        Maker maker;
        maker.page();
        maker.block(BlockKind::Paragraph, sentences(40));  // 480 tokens
        const auto chunks = checked(maker.document, {200, 510});
        QCOMPARE(chunks.size(), size_t{3});
        for (const Chunk& chunk : chunks) {
            QVERIFY(chunk.body.starts_with("Sentence") && chunk.body.ends_with("."));
            QVERIFY(kCounter.count(chunk.body) >= 140);
        }
    }

    void abbreviationsDoNotEndSentences() {
        const std::string text = "See J. Smith, e.g. here, at 3.5 mg. Then Go on. \"Quoted.\" End.";
        std::vector<std::string> found;
        for (const Piece& piece : cutIntoPieces(text, {0, text.size()}, false, kCounter, 18))
            found.push_back(text.substr(piece.range.begin, piece.range.size()));
        const std::vector<std::string> expected = {"See J. Smith, e.g. here, at 3.5 mg.",
                                                   "Then Go on. \"Quoted.\" End."};
        QCOMPARE(found, expected);
    }

    void sectionsStayApart() {
        Maker maker;
        maker.page();
        maker.heading("Chapter");
        const uint32_t chapter = maker.lastHeading();
        maker.heading("One", chapter);
        maker.block(BlockKind::Paragraph, sentences(8));
        maker.heading("Two", chapter);
        maker.block(BlockKind::Paragraph, sentences(8));
        maker.block(BlockKind::Paragraph, sentences(6));
        const auto chunks = checked(maker.document, {200, 510});
        QCOMPARE(chunks.size(), size_t{2});
        QVERIFY(chunks[0].body.starts_with("Chapter\n\nOne\n\nSentence"));
        QVERIFY(chunks[1].body.starts_with("Two\n\nSentence"));
        QCOMPARE(chunks[0].heading, std::string());
        QCOMPARE(chunks[1].heading, std::string("Chapter"));
        QVERIFY(chunks[1].kind == BlockKind::Paragraph);
    }

    void smallSectionsGoTogether() {
        Maker maker;
        maker.page();
        for (int i = 0; i < 12; ++i) {
            maker.heading("Part " + std::to_string(i));
            maker.block(BlockKind::Paragraph, sentences(1));
        }
        const auto chunks = checked(maker.document, {200, 510});
        QVERIFY2(chunks.size() >= 2 && chunks.size() <= 4, std::to_string(chunks.size()).c_str());
        for (const Chunk& chunk : chunks) QVERIFY(chunk.body.starts_with("Part"));
    }

    void pagesStayApart() {
        Maker maker;
        for (int i = 0; i < 3; ++i) {
            maker.page();
            maker.block(BlockKind::Paragraph, sentences(1));
        }
        const auto chunks = checked(maker.document, {200, 510});
        QCOMPARE(chunks.size(), size_t{3});
        for (uint32_t i = 0; i < 3; ++i) QCOMPARE(chunks[i].page, i);
    }

    void rowsKeepTheNamesOfTheirColumns() {
        Maker maker;
        maker.page();
        maker.heading("Prices");
        maker.document.tables.push_back({{"Article", "Price"}});
        maker.block(BlockKind::Paragraph, sentences(1));
        maker.block(BlockKind::TableHeader, "Article\tPrice", 0);
        for (int i = 0; i < 60; ++i)
            maker.block(BlockKind::TableRow, "thing number " + std::to_string(i) + "\t12.50 EUR",
                        0);
        maker.block(BlockKind::Paragraph, sentences(1));
        const auto chunks = checked(maker.document, {100, 510});
        QVERIFY(chunks.size() > 4);
        QVERIFY(chunks.front().kind == BlockKind::Paragraph);
        QVERIFY(chunks.back().kind == BlockKind::Paragraph);
        QVERIFY(chunks[1].kind == BlockKind::TableHeader);
        for (size_t i = 2; i + 1 < chunks.size(); ++i) {
            QVERIFY(chunks[i].kind == BlockKind::TableRow);
            QCOMPARE(chunks[i].heading, std::string("Prices › Article | Price"));
            QVERIFY(chunks[i].body.starts_with("thing") && chunks[i].body.ends_with("EUR"));
        }
    }

    void twoTablesStayApart() {
        Maker maker;
        maker.page();
        maker.document.tables.resize(2);
        maker.block(BlockKind::TableRow, "a\tb", 0);
        maker.block(BlockKind::TableRow, "c\td", 1);
        QCOMPARE(checked(maker.document, {100, 510}).size(), size_t{2});
    }

    void codeIsCutBetweenFunctions() {
        std::string code;
        for (int i = 0; i < 6; ++i)
            code += "int function" + std::to_string(i) +
                    "(int a) {\n    a += 1;\n\n    return a * 2;\n}\n\n";
        Maker maker;
        maker.page();
        maker.block(BlockKind::Code, code.substr(0, code.size() - 2));
        const auto chunks = checked(maker.document, {60, 510});
        QVERIFY(chunks.size() >= 2);
        for (const Chunk& chunk : chunks) {
            QVERIFY(chunk.kind == BlockKind::Code);
            QVERIFY2(chunk.body.starts_with("int function") && chunk.body.ends_with("}"),
                     chunk.body.c_str());
        }
    }

    void whatHasNoPlaceToCutIsCutBetweenCharacters() {
        Maker maker;
        maker.page();
        std::string text;
        for (int i = 0; i < 3000; ++i) text += "ä";
        maker.block(BlockKind::Paragraph, text);
        for (const Chunk& chunk : checked(maker.document, {50, 100}))
            QVERIFY((static_cast<uint8_t>(chunk.body[0]) & 0xC0) != 0x80);
    }

    void titlesGiveWayToTheText() {
        Chunk chunk;
        chunk.body = sentences(4);  // 48 tokens
        chunk.heading = sentences(30);
        const std::string title = sentences(20);
        for (const size_t limit : {size_t{48}, size_t{50}, size_t{60}, size_t{100}, size_t{500}}) {
            const std::string text = embeddedText(title, chunk, kCounter, limit);
            QVERIFY(text.ends_with(chunk.body));
            QVERIFY(kCounter.count(text) <= limit);
            if (limit >= 60) QVERIFY(text.starts_with("Sentence word0"));
        }
        chunk.heading = "Heading";
        QCOMPARE(embeddedText("Title", chunk, kCounter, 510), "Title\nHeading\n" + chunk.body);
        chunk.heading = "Title › Heading";  // not twice
        QCOMPARE(embeddedText("Title", chunk, kCounter, 510), "Title › Heading\n" + chunk.body);
        chunk.heading.clear();
        QCOMPARE(embeddedText("", chunk, kCounter, 510), chunk.body);
    }

    void anyDocumentIsCutSoundly() {
        std::mt19937 random(8);
        const auto text = [&] {
            static const std::string kBits[] = {"word ", "Longer ", ". ",  "? ", "\n",
                                                "\n\n",  "ß",       "。",  "\t", "(",
                                                "  ",    "漢",      "x1_", "!\""};
            std::string made;
            for (unsigned i = 0; i < random() % 120; ++i)
                made += kBits[random() % std::size(kBits)];
            return "." + made + ".";
        };
        for (int round = 0; round < 300; ++round) {
            Maker maker;
            maker.document.tables.resize(1);
            maker.document.tables[0].header = {"h", "i"};
            for (unsigned page = 0; page <= random() % 3; ++page) {
                maker.page();
                for (unsigned i = 0; i < random() % 12; ++i) {
                    const auto kind = static_cast<BlockKind>(random() % 7);
                    const bool table =
                        kind == BlockKind::TableHeader || kind == BlockKind::TableRow;
                    if (kind == BlockKind::Heading)
                        maker.heading(text());
                    else
                        maker.block(kind, text(), table ? 0 : kNone);
                }
            }
            const size_t target = 1 + random() % 60;
            (void)checked(maker.document, {target, target + random() % 40});
        }
    }
};

QTEST_GUILESS_MAIN(ChunkerTest)
#include "chunker_test.moc"
