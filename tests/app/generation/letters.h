// A tokenizer of single characters and a model's own markers, and answers that are written with it
// by chance.
#pragma once

#include <QtTest>
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "app/generation/answer_guide.h"
#include "engine/chat/answer_format.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::test {

/// Token 0 ends an answer. Markers are control tokens, or tokens like any other.
class Letters : public engine::Tokenizer {
public:
    Letters(const std::vector<std::string>& markers, bool control, std::vector<std::string> more) {
        m_pieces = {"</s>"};
        if (control) m_pieces.insert(m_pieces.end(), markers.begin(), markers.end());
        m_controls = m_pieces.size();
        if (!control) m_pieces.insert(m_pieces.end(), markers.begin(), markers.end());
        m_pieces.insert(m_pieces.end(), more.begin(), more.end());
        for (char c = ' '; c < 0x7F; ++c) m_pieces.emplace_back(1, c);
        for (const char* other : {"\n", "é", "\xE6", "\xBC", "\xA2"}) m_pieces.emplace_back(other);
    }
    /// The longest piece that fits, again and again.
    std::vector<engine::Token> encode(std::string_view text,
                                      engine::EncodeOptions = {}) const override {
        std::vector<engine::Token> tokens;
        while (!text.empty()) {
            size_t best = 0;
            for (size_t i = 1; i < m_pieces.size(); ++i)
                if (text.starts_with(m_pieces[i]) &&
                    (best == 0 || m_pieces[i].size() > m_pieces[best].size()))
                    best = i;
            if (best == 0) qFatal("no token for '%s'", std::string(text).c_str());
            tokens.push_back(static_cast<engine::Token>(best));
            text.remove_prefix(m_pieces[best].size());
        }
        return tokens;
    }
    std::string piece(engine::Token token, bool special = false) const override {
        return isControl(token) && !special ? "" : m_pieces[static_cast<size_t>(token)];
    }
    int32_t size() const override { return static_cast<int32_t>(m_pieces.size()); }
    bool isControl(engine::Token token) const override {
        return static_cast<size_t>(token) < m_controls;
    }
    bool isEnd(engine::Token token) const override { return token == 0; }
    engine::Token find(std::string_view piece) const override {
        const auto at = std::ranges::find(m_pieces, piece);
        return at == m_pieces.end() ? engine::kNoToken
                                    : static_cast<engine::Token>(at - m_pieces.begin());
    }
    [[nodiscard]] std::vector<engine::Token> controls() const {
        std::vector<engine::Token> all;
        for (size_t i = 1; i < m_controls; ++i) all.push_back(static_cast<engine::Token>(i));
        return all;
    }

private:
    std::vector<std::string> m_pieces;
    size_t m_controls;
};

/// Everything that an answer in a model's form needs.
struct Writer {
    engine::AnswerFormat format;
    std::unique_ptr<Letters> tokenizer;
    std::shared_ptr<app::ConstraintPool> constraints;

    explicit Writer(engine::AnswerFormat of) : format(std::move(of)) {
        const engine::CallSyntax& calls = format.calls;
        // Tokens that begin a call and go on, well or badly, and that end what letters seldom end.
        std::vector<std::string> more = {"\": ", "\"}", ", \"", "{\"name\"", "/parameter>\n"};
        if (!calls.control)
            for (const std::string& open : {calls.sectionOpen, calls.callOpen})
                if (!open.empty())
                    for (const char* rest : {"x", "\n", "\n{", "\n{\"nam", "[", " [{"})
                        more.push_back(open + rest);
        tokenizer = std::make_unique<Letters>(format.shownPieces(), calls.control, more);
        constraints = std::make_shared<app::ConstraintPool>(
            std::make_shared<const engine::TokenTrie>(*tokenizer, tokenizer->controls()));
    }

    [[nodiscard]] app::AnswerRules rules(const nlohmann::ordered_json& tools,
                                         bool inThought = false) const {
        app::AnswerRules rules;
        rules.constraints = constraints;
        engine::AnswerOptions options;
        options.tools = tools;
        options.inThought = inThought;
        rules.parser = std::make_shared<const engine::AnswerParser>(format, options);
        rules.closing = tokenizer->encode(format.thought.closing);
        const size_t at = format.thought.closing.find(format.thought.close);
        rules.closedText = format.thought.closing.substr(at + format.thought.close.size());
        rules.closed = tokenizer->encode(rules.closedText);
        rules.opener = tokenizer->find(format.thought.open);
        return rules;
    }
};

/// An answer as the engine writes it: `wanted` first, as far as it may stand, and then by chance.
class Chance {
public:
    Chance(const Writer& writer, app::AnswerRules rules, uint32_t seed)
        : m_writer(writer), m_guide(std::move(rules)), m_random(seed) {}

    /// False: the token may not come next.
    bool write(engine::Token token) {
        std::vector<float> logits = masked();
        const auto forced = m_guide.forced();
        if (forced ? *forced != token : logits[static_cast<size_t>(token)] != 0.0f) return false;
        return take(token);
    }
    bool write(std::string_view words) {
        for (const engine::Token token : m_writer.tokenizer->encode(words))
            if (!write(token)) return false;
        return true;
    }

    /// One token; false where the answer has ended.
    bool step() {
        if (ended || m_guide.finished()) return false;
        for (;;) {
            const std::vector<float> logits = masked();
            const engine::Token token = m_guide.forced() ? *m_guide.forced() : choose(logits);
            if (!m_guide.forced() && m_writer.tokenizer->isEnd(token)) {
                if (!m_guide.end()) continue;
                ended = true;
                return false;
            }
            if (take(token)) return true;
            m_refused.push_back(token);
        }
    }
    void finish(int most) {
        for (int i = 0; i < most && step(); ++i) continue;
        if (m_guide.finished()) ended = true;
    }

    [[nodiscard]] app::AnswerGuide& guide() { return m_guide; }

    std::string text;
    bool ended = false;
    bool mayChooseEnd = true;

private:
    std::vector<float> masked() {
        std::vector<float> logits(static_cast<size_t>(m_writer.tokenizer->size()), 0.0f);
        const auto done = m_guide.mask(logits);
        if (!done) qFatal("%s after '%s'", done.message().c_str(), text.c_str());
        if (!mayChooseEnd) logits[0] = -INFINITY;
        for (const engine::Token token : m_refused) logits[static_cast<size_t>(token)] = -INFINITY;
        return logits;
    }

    bool take(engine::Token token) {
        const std::string piece = m_writer.tokenizer->piece(token, true);
        const auto taken = m_guide.accept(token, piece);
        if (!taken) qFatal("%s after '%s'", taken.message().c_str(), text.c_str());
        if (*taken) {
            text += piece;
            m_refused.clear();
        }
        return *taken;
    }

    /// Any token that may come; now and then the longest, so that texts come to an end.
    engine::Token choose(const std::vector<float>& logits) {
        std::vector<engine::Token> allowed;
        for (size_t i = 0; i < logits.size(); ++i)
            if (logits[i] == 0.0f) allowed.push_back(static_cast<engine::Token>(i));
        if (allowed.empty()) qFatal("nothing may follow '%s'", text.c_str());
        if (m_random() % 4 == 0)
            return *std::ranges::max_element(allowed, {}, [&](engine::Token token) {
                return m_writer.tokenizer->piece(token, true).size();
            });
        return allowed[m_random() % allowed.size()];
    }

    const Writer& m_writer;
    app::AnswerGuide m_guide;
    std::mt19937 m_random;
    std::vector<engine::Token> m_refused;  // at this place
};

}  // namespace alcove::test
