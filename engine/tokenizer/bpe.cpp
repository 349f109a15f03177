// Byte-pair encoding.
//
// The text is split into words (pre_tokenizer.h); in a word the pair of neighbours that comes first
// in the list of merges is joined until none is left. Pieces of most files are written in GPT-2's
// alphabet, which has a printable character for each byte; here words stay bytes and start as the
// 256 symbols of these characters. Gemma 4's pieces are plain UTF-8 with ▁ for the blank.
//
// Merges are kept as pairs of symbol ids. A symbol is a piece of the vocabulary or, because merges
// may go through strings that are none, an extra one numbered after them; what is no piece at the
// end is written byte by byte.
//
// Source: Sennrich et al. 2016, GPT-2's encoder.py.
#include <array>
#include <memory>
#include <utility>

#include "engine/base/unicode.h"
#include "engine/tokenizer/pair_merger.h"
#include "engine/tokenizer/pre_tokenizer.h"
#include "engine/tokenizer/vocabulary_tokenizer.h"

namespace alcove::engine {
namespace {

/// GPT-2's alphabet: printable Latin-1 stands for itself, the other bytes for U+0100 and up.
class ByteAlphabet {
public:
    ByteAlphabet() {
        m_bytes.fill(-1);
        char32_t next = 0x100;
        for (int byte = 0; byte < 256; ++byte) {
            const bool itself = (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
            const char32_t code = itself ? static_cast<char32_t>(byte) : next++;
            appendUtf8(m_text[byte], code);
            m_bytes[code] = static_cast<int16_t>(byte);
        }
    }
    [[nodiscard]] const std::string& text(char byte) const {
        return m_text[static_cast<uint8_t>(byte)];
    }
    /// The byte a character stands for, or -1.
    [[nodiscard]] int byte(char32_t code) const {
        return code < m_bytes.size() ? m_bytes[code] : -1;
    }

private:
    std::array<std::string, 256> m_text;
    std::array<int16_t, 0x144> m_bytes{};
};

const ByteAlphabet& alphabet() {
    static const ByteAlphabet table;
    return table;
}

/// Pairs of symbols to their place in the list of merges and the symbol they become.
class MergeTable {
public:
    void reserve(size_t merges) {
        m_slots.assign(std::bit_ceil(merges * 2 + 16), Slot{});
        m_shift = 64 - std::countr_zero(m_slots.size());
    }
    /// The first of equal pairs stays. False if the table is made to collide.
    [[nodiscard]] bool add(int32_t left, int32_t right, Joined joined) {
        const uint64_t key = keyOf(left, right);
        size_t slot = slotOf(key);
        for (size_t probe = 0; m_slots[slot].joined.id >= 0; ++probe) {
            if (m_slots[slot].key == key) return true;
            if (probe == PieceTable::kMaxProbe) return false;
            slot = (slot + 1) & (m_slots.size() - 1);
        }
        m_slots[slot] = {key, joined};
        return true;
    }
    [[nodiscard]] Joined find(int32_t left, int32_t right) const {
        if (left < 0 || right < 0) return {};
        const uint64_t key = keyOf(left, right);
        for (size_t slot = slotOf(key); m_slots[slot].joined.id >= 0;
             slot = (slot + 1) & (m_slots.size() - 1)) {
            if (m_slots[slot].key == key) return m_slots[slot].joined;
        }
        return {};
    }

private:
    struct Slot {
        uint64_t key = 0;
        Joined joined;
    };
    static uint64_t keyOf(int32_t left, int32_t right) {
        return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
    }
    [[nodiscard]] size_t slotOf(uint64_t key) const {
        key ^= key >> 29;
        return static_cast<size_t>(key * 0x9E3779B97F4A7C15 >> m_shift);
    }

    std::vector<Slot> m_slots;
    int m_shift = 0;
};

class BpeTokenizer : public VocabularyTokenizer {
public:
    BpeTokenizer(Vocabulary vocabulary, const PreTokenizer& pre)
        : VocabularyTokenizer(std::move(vocabulary)), m_pre(&pre) {}

    Result<void> init(const GgufFile& file);

protected:
    void encodePlain(std::string_view text, bool first, std::vector<Token>& out) const override;
    [[nodiscard]] std::string normalPiece(std::string_view piece) const override;

private:
    struct Scratch;
    Result<void> readMerges(const GgufFile& file);
    void fillBytes();
    [[nodiscard]] int32_t symbolOf(std::string_view piece) const;
    Result<int32_t> addSymbol(std::string_view piece, const GgufFile& file);
    void encodeWord(std::string_view word, Scratch& scratch, std::vector<Token>& out) const;
    [[nodiscard]] Token wholeWord(std::string_view word, Scratch& scratch) const;
    void mergeWord(std::string_view word, Scratch& scratch, std::vector<Token>& out) const;
    void append(const Symbol& symbol, std::string_view word, std::vector<Token>& out) const;
    [[nodiscard]] bool raw() const { return m_pre->has(PreTokenizer::RawBytes); }

    const PreTokenizer* m_pre;
    MergeTable m_merges;
    PieceTable m_extra;  // symbols that are no pieces, numbered from size()
    std::array<int32_t, 256> m_byteSymbol{};
    std::array<Token, 256> m_lostByte{};  // what a byte becomes in a string that is no piece
    NeighbourFilter m_neighbours;         // only for raw bytes, whose words are whole lines
};

struct BpeTokenizer::Scratch {
    // Words repeat: the last word of each hash is remembered with its tokens. 24-byte words and 6
    // tokens cover nearly all of a text.
    struct Known {
        uint64_t hash = 0;
        uint8_t size = 0, count = 0;
        std::array<char, 24> word;
        std::array<Token, 6> tokens;
    };
    static constexpr size_t kKnown = 1024;

    std::vector<char32_t> code;
    std::vector<uint8_t> classes;
    std::vector<uint32_t> ends;
    std::vector<Symbol> symbols;
    std::string name;
    PairMerger merger;
    std::vector<Known> known;
};

Result<void> BpeTokenizer::init(const GgufFile& file) {
    m_special.addBos = m_pre->has(PreTokenizer::AddBos);
    m_special.addSeparator = m_pre->has(PreTokenizer::AddSeparator);
    readAdditions(file);
    if (m_pre->has(PreTokenizer::ForceBos)) {
        m_special.addBos = true;
        m_front = m_special.bos;
    }
    ALCOVE_CHECK(readMerges(file));
    fillBytes();
    return {};
}

Result<void> BpeTokenizer::readMerges(const GgufFile& file) {
    const GgufArray* merges = file.array("tokenizer.ggml.merges");
    if (merges == nullptr || merges->type != GgufType::String) {
        return fail(file.name(), ": tokenizer.ggml.merges is not a list of strings");
    }
    if (merges->count > UINT32_MAX / 8) {
        return fail(file.name(), ": tokenizer.ggml.merges has ", merges->count,
                    " entries, too many");
    }
    m_merges.reserve(merges->count);
    std::string joined;
    for (size_t i = 0; i < merges->strings.size(); ++i) {
        const std::string_view merge = merges->strings[i];
        const size_t blank = merge.find(' ', 1);
        if (blank == std::string_view::npos) continue;  // no pair: can match nothing
        const std::string_view left = merge.substr(0, blank);
        const std::string_view right = merge.substr(blank + 1);
        joined.assign(left).append(right);
        ALCOVE_TRY(const int32_t leftId, addSymbol(left, file));
        ALCOVE_TRY(const int32_t rightId, addSymbol(right, file));
        ALCOVE_TRY(const int32_t joinedId, addSymbol(joined, file));
        if (raw()) m_neighbours.addPiece(joined);
        if (!m_merges.add(leftId, rightId, {static_cast<uint32_t>(i), joinedId})) {
            return fail(file.name(), ": tokenizer.ggml.merges: too many entries collide");
        }
    }
    return {};
}

int32_t BpeTokenizer::symbolOf(std::string_view piece) const {
    if (const Token token = m_vocabulary.find(piece); token != kNoToken) return token;
    const int32_t extra = m_extra.find(piece);
    return extra < 0 ? -1 : size() + extra;
}

Result<int32_t> BpeTokenizer::addSymbol(std::string_view piece, const GgufFile& file) {
    if (const int32_t known = symbolOf(piece); known >= 0) return known;
    if (m_extra.add(piece) != PieceTable::Added::Yes) {
        return fail(file.name(), ": tokenizer.ggml.merges: too many entries collide");
    }
    return size() + m_extra.size() - 1;
}

void BpeTokenizer::fillBytes() {
    for (int byte = 0; byte < 256; ++byte) {
        const char itself = static_cast<char>(byte);
        m_byteSymbol[byte] = symbolOf(alphabet().text(itself));
        m_lostByte[byte] = raw() ? m_vocabulary.byteToken(static_cast<uint8_t>(byte))
                                 : m_vocabulary.find({&itself, 1});
    }
}

std::string BpeTokenizer::normalPiece(std::string_view piece) const {
    if (raw()) return VocabularyTokenizer::normalPiece(piece);
    std::string out;
    for (size_t at = 0; at < piece.size();) {
        const Utf8Char c = decodeUtf8Loosely(piece, at);
        const int byte = alphabet().byte(c.code);
        if (byte >= 0) {
            out.push_back(static_cast<char>(byte));
        } else {
            out.append(piece.substr(at, c.bytes));  // outside the alphabet: it stands for itself
        }
        at += c.bytes;
    }
    return out;
}

void BpeTokenizer::encodePlain(std::string_view text, bool, std::vector<Token>& out) const {
    Scratch scratch;
    if (text.size() > 64) scratch.known.resize(Scratch::kKnown);
    const CharClassTable& classes = charClasses();
    scratch.code.reserve(text.size());
    scratch.classes.reserve(text.size());
    bool same = true;  // whether encoding the characters again gives the text
    for (size_t at = 0; at < text.size();) {
        Utf8Char c = decodeUtf8Loosely(text, at);
        at += c.bytes;
        same = same && c.valid && utf8Size(c.code) == c.bytes;
        if (raw() && c.code == ' ') {
            c.code = U'▁';
            same = false;
        }
        scratch.code.push_back(c.code);
        scratch.classes.push_back(classes[c.code]);
    }
    std::string again;
    if (!same) {
        for (const char32_t code : scratch.code) appendUtf8(again, code);
        text = again;
    }
    splitWords(scratch.code, scratch.classes, m_pre->steps, scratch.ends);
    size_t character = 0;
    for (const uint32_t end : scratch.ends) {
        size_t bytes = 0;
        for (; character < end; ++character) bytes += utf8Size(scratch.code[character]);
        encodeWord(text.substr(0, bytes), scratch, out);
        text.remove_prefix(bytes);
    }
}

void BpeTokenizer::encodeWord(std::string_view word, Scratch& scratch,
                              std::vector<Token>& out) const {
    if (scratch.known.empty() || word.size() > 24) return mergeWord(word, scratch, out);
    const uint64_t hash = hashBytes(word);
    Scratch::Known& known = scratch.known[hash % Scratch::kKnown];
    if (known.hash == hash && known.size == word.size() &&
        std::memcmp(known.word.data(), word.data(), word.size()) == 0) {
        out.insert(out.end(), known.tokens.begin(), known.tokens.begin() + known.count);
        return;
    }
    const size_t before = out.size();
    mergeWord(word, scratch, out);
    const size_t count = out.size() - before;
    if (count > known.tokens.size()) return;
    known.hash = hash;
    known.size = static_cast<uint8_t>(word.size());
    known.count = static_cast<uint8_t>(count);
    std::memcpy(known.word.data(), word.data(), word.size());
    std::copy(out.end() - static_cast<std::ptrdiff_t>(count), out.end(), known.tokens.begin());
}

Token BpeTokenizer::wholeWord(std::string_view word, Scratch& scratch) const {
    if (raw()) {
        // Runs of newlines have pieces that no merges lead to.
        const bool newlines = word.find_first_not_of('\n') == std::string_view::npos;
        return newlines && m_pre->has(PreTokenizer::ForceBos) ? find(word) : kNoToken;
    }
    if (!m_pre->has(PreTokenizer::WholeWords)) return kNoToken;
    scratch.name.clear();
    for (const char byte : word) scratch.name.append(alphabet().text(byte));
    return find(scratch.name);
}

void BpeTokenizer::mergeWord(std::string_view word, Scratch& scratch,
                             std::vector<Token>& out) const {
    if (const Token whole = wholeWord(word, scratch); whole != kNoToken) {
        out.push_back(whole);
        return;
    }
    const auto join = [&](const Symbol& left, const Symbol& right) {
        return m_merges.find(left.id, right.id);
    };
    std::vector<Symbol>& symbols = scratch.symbols;
    if (!raw()) {
        symbols.clear();
        for (uint32_t at = 0; at < word.size(); ++at) {
            symbols.push_back({at, 1, m_byteSymbol[static_cast<uint8_t>(word[at])]});
        }
        scratch.merger.merge(symbols, join);
        for (const Symbol& symbol : symbols) append(symbol, word, out);
        return;
    }
    m_neighbours.split(word, [&](size_t begin, size_t end) {
        symbols.clear();
        for (size_t at = begin; at < end;) {
            const size_t length = std::min(utf8Length(word[at]), end - at);
            symbols.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(length),
                               symbolOf(word.substr(at, length))});
            at += length;
        }
        scratch.merger.merge(symbols, join);
        for (const Symbol& symbol : symbols) append(symbol, word, out);
    });
}

void BpeTokenizer::append(const Symbol& symbol, std::string_view word,
                          std::vector<Token>& out) const {
    if (m_vocabulary.contains(symbol.id)) {
        out.push_back(symbol.id);
        return;
    }
    const auto lost = [&](char byte) {
        const Token token = m_lostByte[static_cast<uint8_t>(byte)];
        if (token != kNoToken) out.push_back(token);
    };
    for (const char byte : word.substr(symbol.begin, symbol.size)) {
        if (raw()) {
            lost(byte);
        } else {
            for (const char part : alphabet().text(byte)) lost(part);
        }
    }
}

}  // namespace

LoadedTokenizer loadBpe(const GgufFile& file, std::string_view preTokenizer) {
    const PreTokenizer* pre = findPreTokenizer(preTokenizer);
    if (pre == nullptr) {
        return fail(file.name(), ": tokenizer.ggml.pre is \"", preTokenizer,
                    "\", which is not known");
    }
    ALCOVE_TRY(Vocabulary vocabulary, Vocabulary::load(file, TokenizerKind::Bpe));
    auto tokenizer = std::make_unique<BpeTokenizer>(std::move(vocabulary), *pre);
    ALCOVE_CHECK(tokenizer->init(file));
    return std::unique_ptr<const Tokenizer>(std::move(tokenizer));
}

}  // namespace alcove::engine
