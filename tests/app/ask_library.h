// A library made of the documents of tests/data/ask, and what the tests of questions share.
#pragma once

#include <QDir>
#include <QtTest>
#include <filesystem>
#include <map>
#include <memory>

#include "app/library/engine_embedder.h"
#include "engine/model/runtime.h"
#include "rag/chunking/chunker.h"
#include "rag/reader_client/reader_client.h"
#include "rag/store/sqlite_store.h"
#include "tests/app/cli_process.h"
#include "tests/support/must.h"

namespace alcove::app::test {

/// Where there is no model: about what one would count.
class WordCounter final : public rag::TokenCounter {
public:
    [[nodiscard]] size_t count(std::string_view text) const override { return text.size() / 4 + 1; }
};

/// Computes each text once: questions about the same documents embed the same sentences.
class RememberingEmbedder final : public rag::Embedder {
public:
    explicit RememberingEmbedder(rag::Embedder& embedder) : m_embedder(embedder) {}
    [[nodiscard]] size_t count(std::string_view text) const override {
        return m_embedder.count(text);
    }
    [[nodiscard]] std::string name() const override { return m_embedder.name(); }
    [[nodiscard]] size_t dimension() const override { return m_embedder.dimension(); }
    [[nodiscard]] size_t limit() const override { return m_embedder.limit(); }
    [[nodiscard]] Result<std::vector<float>> embedPassages(std::span<const std::string> texts,
                                                           std::stop_token stop) override {
        std::vector<std::string> unknown;
        for (const std::string& text : texts)
            if (!m_rows.contains(text)) unknown.push_back(text);
        if (!unknown.empty()) {
            ALCOVE_TRY(const std::vector<float> rows, m_embedder.embedPassages(unknown, stop));
            auto at = rows.begin();
            for (const std::string& text : unknown) {
                const auto end = at + static_cast<std::ptrdiff_t>(dimension());
                m_rows[text].assign(at, end);
                at = end;
            }
        }
        std::vector<float> all;
        for (const std::string& text : texts)
            all.insert(all.end(), m_rows[text].begin(), m_rows[text].end());
        return all;
    }
    [[nodiscard]] Result<std::vector<float>> embedQuestion(const std::string& text,
                                                           std::stop_token stop) override {
        return m_embedder.embedQuestion(text, stop);
    }

private:
    rag::Embedder& m_embedder;
    std::map<std::string, std::vector<float>> m_rows;
};

/// Reads a file by the reader and files it as a library does. `embedder` may be null.
inline rag::DocumentId file(rag::SqliteStore& store, rag::Embedder* embedder,
                            const std::filesystem::path& path) {
    static const WordCounter words;
    const rag::Document document = must(rag::readDocument(path));
    const rag::TokenCounter& counter =
        embedder != nullptr ? static_cast<const rag::TokenCounter&>(*embedder) : words;
    rag::ChunkerOptions cutting;
    if (embedder != nullptr) cutting.limit = embedder->limit();
    rag::DocumentContent content;
    content.record.collection = "test";
    content.record.path = path.string();
    content.record.title = document.title;
    content.record.kind = std::string(rag::name(document.kind));
    for (const rag::Page& page : document.pages)
        content.pages.push_back({std::string(rag::name(page.kind)), page.label, page.text});
    content.chunks = rag::cutIntoChunks(document, counter, cutting);
    if (embedder != nullptr) {
        std::vector<std::string> texts;
        for (const rag::Chunk& chunk : content.chunks)
            texts.push_back(rag::embeddedText(document.title, chunk, counter, cutting.limit));
        content.embedder = {embedder->name(), embedder->dimension()};
        content.vectors = must(embedder->embedPassages(texts));
    }
    return must(store.put(content));
}

/// MiniLM as a GGUF file, made of the published folder; empty where that is not there.
inline QString embeddingModel(const QDir& folder) {
    const QString model = folder.filePath("minilm.gguf");
    if (QFile::exists(model)) return model;
    if (!QFile::exists(testData("models/all-MiniLM-L6-v2"))) return {};
    const Run made =
        run({"models", "import", testData("models/all-MiniLM-L6-v2"), model, "--type", "F16"});
    if (made.code != 0) qFatal("%s", made.error.constData());
    return model;
}

}  // namespace alcove::app::test
