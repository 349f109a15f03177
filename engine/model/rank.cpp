// Relevance of texts to a query with a rank-head model: query and text become one sequence, put
// together as the model was trained: by the file's own "rerank" template, or query and text between
// the tokenizer's separators. Token types stay 0 for both parts, as in the reference.

#include "engine/model/embedder.h"

namespace alcove::engine {
namespace {

constexpr std::string_view kTemplateKey = "tokenizer.chat_template.rerank";

std::string replaceAll(std::string text, std::string_view what, std::string_view with) {
    for (size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

/// [BOS] query [EOS] [SEP] text [end]: those of them the vocabulary uses.
std::vector<Token> joinPair(const Tokenizer& tokenizer, std::span<const Token> query,
                            std::span<const Token> text) {
    const Tokenizer::Special& special = tokenizer.special();
    const Token start = special.cls != kNoToken ? special.cls : special.bos;
    std::vector<Token> ids;
    const auto put = [&](bool wanted, Token token) {
        if (wanted && token != kNoToken) ids.push_back(token);
    };
    put(special.addBos || special.addSeparator, start);
    ids.insert(ids.end(), query.begin(), query.end());
    put(special.addEos, special.eos);
    put(special.addSeparator, special.separator);
    ids.insert(ids.end(), text.begin(), text.end());
    put(true, special.addEos ? special.eos : special.addSeparator ? special.separator : kNoToken);
    return ids;
}

}  // namespace

Result<std::vector<float>> Embedder::rank(const std::string& query,
                                          std::span<const std::string> texts,
                                          std::stop_token stop) {
    const ModelInfo& info = m_model->info();
    if (info.pooling != Pooling::Rank) return fail("the model ", info.name, " has no rank head");
    if (!m_model->tokenizer()) return fail("the model ", info.name, " has no vocabulary");
    const Tokenizer& tokenizer = *m_model->tokenizer();
    const std::optional<std::string_view> form = m_model->file().string(kTemplateKey);
    const std::vector<Token> queryIds = tokenizer.encode(query);
    std::vector<std::vector<Token>> pairs;
    for (const std::string& text : texts) {
        std::vector<Token> ids;
        if (form) {
            // The query goes in first, so a text that holds the placeholder's name changes nothing.
            const size_t at = form->find("{document}");
            const std::string before =
                replaceAll(std::string(form->substr(0, at)), "{query}", query);
            const std::string after =
                at == std::string_view::npos
                    ? ""
                    : replaceAll(
                          std::string(form->substr(at + std::string_view("{document}").size())),
                          "{query}", query);
            ids = tokenizer.encode(before + text + after, {.parseSpecial = true});
        } else {
            ids = joinPair(tokenizer, queryIds, tokenizer.encode(text));
        }
        if (static_cast<int64_t>(ids.size()) > info.contextLength) {
            const Token last = ids.back();
            ids.resize(static_cast<size_t>(info.contextLength));
            ids.back() = last;
        }
        pairs.push_back(std::move(ids));
    }
    ALCOVE_TRY(const std::vector<Embedding> scores, embedTokens(pairs, stop));
    std::vector<float> relevance;
    for (const Embedding& score : scores) relevance.push_back(score.values.front());
    return relevance;
}

}  // namespace alcove::engine
