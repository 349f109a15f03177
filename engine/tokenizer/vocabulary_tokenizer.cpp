#include "engine/tokenizer/vocabulary_tokenizer.h"

#include <utility>

namespace alcove::engine {
namespace {

/// The byte a piece like `<0x0A>` stands for; nothing for other names.
std::string byteOf(std::string_view piece) {
    const auto digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                      : -1;
    };
    if (piece.size() != 6 || piece.substr(0, 3) != "<0x" || piece[5] != '>') return {};
    const int high = digit(piece[3]);
    const int low = digit(piece[4]);
    if (high < 0 || low < 0) return {};
    return std::string(1, static_cast<char>(high * 16 + low));
}

}  // namespace

VocabularyTokenizer::VocabularyTokenizer(Vocabulary vocabulary)
    : m_vocabulary(std::move(vocabulary)), m_specials(m_vocabulary) {
    m_special = m_vocabulary.special();
}

void VocabularyTokenizer::readAdditions(const GgufFile& file) {
    const auto read = [&](std::string_view name, bool& value) {
        value = file.boolean(tokenizerKey(name)).value_or(value);
    };
    read("add_bos_token", m_special.addBos);
    read("add_eos_token", m_special.addEos);
    read("add_sep_token", m_special.addSeparator);
    read("add_space_prefix", m_special.addSpacePrefix);
    m_front = m_special.addBos ? m_special.bos : kNoToken;
    m_back = m_special.addEos ? m_special.eos : kNoToken;
}

std::vector<Token> VocabularyTokenizer::encode(std::string_view text, EncodeOptions options) const {
    std::vector<Token> out;
    if (options.addSpecial && m_front != kNoToken) out.push_back(m_front);
    bool first = true;
    for (const auto& part :
         m_specials.split(m_vocabulary, text, options.parseSpecial, options.plain)) {
        if (part.token != kNoToken) {
            out.push_back(part.token);
        } else {
            encodePlain(part.text, first, out);
        }
        first = part.token != kNoToken;
    }
    if (options.addSpecial && m_back != kNoToken) out.push_back(m_back);
    return out;
}

std::string VocabularyTokenizer::piece(Token token, bool special) const {
    if (!m_vocabulary.contains(token)) return {};
    const std::string_view piece = m_vocabulary.piece(token);
    if (m_vocabulary.is(token, TokenKind::Control | TokenKind::Unknown)) {
        return special ? std::string(piece) : std::string();
    }
    if (m_vocabulary.is(token, TokenKind::UserDefined)) return std::string(piece);
    if (m_vocabulary.is(token, TokenKind::Normal)) return normalPiece(piece);
    if (m_vocabulary.is(token, TokenKind::Byte)) return byteOf(piece);
    return {};
}

bool VocabularyTokenizer::isControl(Token token) const {
    return m_vocabulary.contains(token) && m_vocabulary.is(token, TokenKind::Control);
}

bool VocabularyTokenizer::isEnd(Token token) const {
    return m_vocabulary.contains(token) && m_vocabulary.isEnd(token);
}

std::string VocabularyTokenizer::normalPiece(std::string_view piece) const {
    std::string out;
    for (size_t mark = 0; (mark = piece.find(kBlankMark)) != std::string_view::npos;) {
        out.append(piece.substr(0, mark));
        out.push_back(' ');
        piece.remove_prefix(mark + kBlankMark.size());
    }
    return out.append(piece);
}

std::string markBlanks(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 2);
    for (const char c : text) {
        if (c == ' ') {
            out.append(kBlankMark);
        } else {
            out.push_back(c);
        }
    }
    return out;
}

}  // namespace alcove::engine
