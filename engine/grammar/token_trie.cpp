#include "engine/grammar/token_trie.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "engine/base/unicode.h"

namespace alcove::engine {

TokenTrie::TokenTrie(const Tokenizer& tokenizer, std::span<const Token> controls,
                     std::span<const Token> ends)
    : m_dropsFirstBlank(tokenizer.special().addSpacePrefix) {
    constexpr size_t kMostControls = 256;  // a byte tells them apart
    const auto endsAnswer = [&](Token token) {
        return tokenizer.isEnd(token) || std::ranges::find(ends, token) != ends.end();
    };
    for (const Token token : controls.first(std::min(controls.size(), kMostControls))) {
        // What ends the answer need not be asked for.
        const std::string bytes = {'\xFF', static_cast<char>(m_controls.size())};
        m_controls.push_back({tokenizer.piece(token, true), endsAnswer(token) ? "" : bytes, token});
    }
    const auto count = static_cast<size_t>(tokenizer.size());
    m_begins.resize(count);
    m_lengths.resize(count);
    m_same.assign(count, kNoToken);
    std::vector<Entry> all;
    for (Token token = 0; token < tokenizer.size(); ++token) {
        if (endsAnswer(token)) {
            m_ends.push_back(token);
            continue;
        }
        const std::string piece = bytesFor(tokenizer, token);
        // What is longer than a node can say is no token that anybody meant.
        if (piece.empty() || piece.size() > std::numeric_limits<uint16_t>::max() / 2) continue;
        const auto index = static_cast<size_t>(token);
        m_begins[index] = static_cast<uint32_t>(m_bytes.size());
        m_lengths[index] = static_cast<uint32_t>(piece.size());
        all.push_back({token, m_begins[index], m_lengths[index]});
        m_bytes += piece;
        m_longest = std::max(m_longest, piece.size());
    }
    std::sort(all.begin(), all.end(), [this](const Entry& a, const Entry& b) {
        const int order = bytesOf(a).compare(bytesOf(b));
        return order != 0 ? order < 0 : a.token < b.token;
    });
    Token last = kNoToken;
    for (const Entry& entry : all) {
        if (m_entries.empty() || bytesOf(m_entries.back()) != bytesOf(entry))
            m_entries.push_back(entry);
        else
            m_same[static_cast<size_t>(last)] = entry.token;
        last = entry.token;
    }
    m_nodes = build(m_entries);
}

std::string TokenTrie::bytesFor(const Tokenizer& tokenizer, Token token) const {
    if (!tokenizer.isControl(token)) return tokenizer.piece(token);
    const auto control = std::ranges::find(m_controls, token, &Control::token);
    return control == m_controls.end() ? std::string() : control->bytes;
}

std::string_view TokenTrie::bytes(Token token) const {
    if (token < 0 || token >= size()) return {};
    const auto index = static_cast<size_t>(token);
    return std::string_view(m_bytes).substr(m_begins[index], m_lengths[index]);
}

bool TokenTrie::isEnd(Token token) const {
    return std::binary_search(m_ends.begin(), m_ends.end(), token);
}

std::vector<TokenTrie::Node> TokenTrie::build(std::span<const Entry> entries) const {
    std::vector<Node> nodes;
    std::vector<uint32_t> path;  // nodes above, the root's child first
    const auto leaveTo = [&](size_t depth) {
        for (; path.size() > depth; path.pop_back())
            nodes[path.back()].after = static_cast<uint32_t>(nodes.size());
    };
    std::string_view before;
    for (const Entry& entry : entries) {
        const std::string_view bytes = bytesOf(entry);
        const auto differ = std::mismatch(before.begin(), before.end(), bytes.begin(), bytes.end());
        const auto common = static_cast<size_t>(differ.second - bytes.begin());
        leaveTo(common);
        for (size_t i = common; i < bytes.size(); ++i) {
            path.push_back(static_cast<uint32_t>(nodes.size()));
            nodes.push_back(
                {0, kNoToken, static_cast<uint16_t>(i), static_cast<uint8_t>(bytes[i]), false});
        }
        nodes.back().token = entry.token;
        nodes.back().shared = sameBytes(entry.token) != kNoToken;
        before = bytes;
    }
    leaveTo(0);
    return nodes;
}

namespace {

constexpr uint32_t kOtherCharacters = UINT32_MAX;

/// Characters of the text; kOtherCharacters where not all are of the kind.
uint32_t charactersIn(std::string_view text, const TokenTrie::Characters& characters) {
    uint32_t count = 0;
    for (size_t at = 0; at < text.size(); ++count) {
        const auto byte = static_cast<uint8_t>(text[at]);
        if (byte < 0x80) {
            if (!characters.ascii[byte]) return kOtherCharacters;
            ++at;
            continue;
        }
        if (!characters.others) return kOtherCharacters;
        const Utf8Prefix prefix = strictUtf8Prefix(text.substr(at));
        if (prefix.state != Utf8Prefix::State::Whole) return kOtherCharacters;
        at += prefix.bytes;
    }
    return count;
}

}  // namespace

std::shared_ptr<const TokenTrie::Run> TokenTrie::makeRun(const Characters& characters) const {
    auto run = std::make_shared<Run>();
    run->characters = characters;
    run->bits.resize((m_same.size() + 63) / 64);
    std::vector<Entry> rest;
    std::vector<std::pair<uint32_t, Token>> found;
    for (const Entry& entry : m_entries) {
        const uint32_t length = charactersIn(bytesOf(entry), characters);
        if (length == kOtherCharacters) {
            rest.push_back(entry);
            continue;
        }
        for (Token token = entry.token; token != kNoToken; token = sameBytes(token)) {
            found.emplace_back(length, token);
            run->bits[static_cast<size_t>(token) / 64] |= uint64_t{1} << (token % 64);
        }
    }
    std::sort(found.begin(), found.end(), std::greater<>());
    for (const auto& [length, token] : found) {
        run->lengths.push_back(length);
        run->tokens.push_back(token);
    }
    run->rest = build(rest);
    return run;
}

std::shared_ptr<const TokenTrie::Run> TokenTrie::run(const Characters& characters) const {
    constexpr size_t kMostRuns = 32;  // some MB each
    const std::lock_guard lock(m_mutex);
    for (const auto& run : m_runs)
        if (run->characters == characters) return run;
    if (m_runs.size() == kMostRuns) m_runs.erase(m_runs.begin());
    m_runs.push_back(makeRun(characters));
    return m_runs.back();
}

}  // namespace alcove::engine
