// What the tests of libraries share: files, an embedder without a model, an observer that keeps
// what it is told.
#pragma once

#include <QTemporaryDir>
#include <QtTest>
#include <cctype>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "app/library/indexer.h"
#include "app/library/library.h"
#include "app/library/source_file.h"
#include "tests/support/must.h"

#define QVERIFY_OK(result)                                                \
    do {                                                                  \
        const auto& outcome = (result);                                   \
        QVERIFY2(outcome.ok(), outcome ? "" : outcome.message().c_str()); \
    } while (false)

namespace alcove::app::test {

namespace fs = std::filesystem;

inline void write(const fs::path& path, const std::string& bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << bytes;
    if (!file.flush()) qFatal("the test's folder cannot be written to");
}

/// Long enough ago that no clock's step can hide a change.
inline void setAge(const fs::path& path, int seconds) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

/// Words count; a vector has a place for each word, by chance.
class WordEmbedder : public rag::Embedder {
public:
    explicit WordEmbedder(std::string name = "words", size_t dimension = 32, size_t limit = 400)
        : m_name(std::move(name)), m_dimension(dimension), m_limit(limit) {}
    [[nodiscard]] size_t count(std::string_view text) const override {
        size_t words = 0;
        bool inside = false;
        for (const char c : text) {
            const bool letter = c != ' ' && c != '\n' && c != '\t';
            words += letter && !inside;
            inside = letter;
        }
        return words;
    }
    [[nodiscard]] std::string name() const override { return m_name; }
    [[nodiscard]] size_t dimension() const override { return m_dimension; }
    [[nodiscard]] size_t limit() const override { return m_limit; }
    Result<std::vector<float>> embedPassages(std::span<const std::string> texts,
                                             std::stop_token stop) override {
        if (onPassages) onPassages(texts.size(), stop);
        if (stop.stop_requested()) return fail("stopped");
        std::vector<float> rows;
        for (const std::string& text : texts) append(text, rows);
        return rows;
    }
    Result<std::vector<float>> embedQuestion(const std::string& text, std::stop_token) override {
        if (onQuestion) onQuestion();
        std::vector<float> row;
        append(text, row);
        return row;
    }

    std::function<void(size_t, std::stop_token)> onPassages;  // called before work
    std::function<void()> onQuestion;

private:
    void append(const std::string& text, std::vector<float>& rows) const {
        std::vector<float> row(m_dimension, 0.01f);
        size_t hash = std::hash<std::string>()(m_name);
        for (const char c : text + " ") {
            const auto byte = static_cast<unsigned char>(c);
            if (std::isalnum(byte)) {
                hash = hash * 131 + static_cast<size_t>(std::tolower(byte));
            } else {
                row[hash % m_dimension] += 1;
                hash = std::hash<std::string>()(m_name);
            }
        }
        rows.insert(rows.end(), row.begin(), row.end());
    }

    std::string m_name;
    size_t m_dimension, m_limit;
};

class Listener final : public IndexObserver {
public:
    void fileChanged(const FileProgress& progress) override {
        if (onFile) onFile(progress);
        const std::scoped_lock lock(m_mutex);
        events.push_back(progress);
    }
    void note(const std::string& sentence) override {
        const std::scoped_lock lock(m_mutex);
        notes.push_back(sentence);
    }
    void roundEnded(const IndexSummary& summary) override {
        {
            const std::scoped_lock lock(m_mutex);
            rounds.push_back(summary);
        }
        m_changed.notify_all();
    }
    /// Until so many rounds are over; false: they did not come.
    bool waitForRounds(size_t count) {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::seconds(60),
                                  [&] { return rounds.size() >= count; });
    }
    size_t roundsSoFar() {
        const std::scoped_lock lock(m_mutex);
        return rounds.size();
    }
    /// Of the files with this end of a path, in order, without repetitions.
    QList<int> stages(const std::string& end) {
        const std::scoped_lock lock(m_mutex);
        QList<int> found;
        for (const FileProgress& event : events)
            if (event.path.ends_with(end) &&
                (found.isEmpty() || found.last() != static_cast<int>(event.stage)))
                found << static_cast<int>(event.stage);
        return found;
    }
    std::string reasonOf(const std::string& end) const {
        for (const FileProgress& event : events)
            if (event.path.ends_with(end) && event.stage == FileStage::Failed) return event.reason;
        return {};
    }

    std::function<void(const FileProgress&)> onFile;
    std::vector<FileProgress> events;
    std::vector<std::string> notes;
    std::vector<IndexSummary> rounds;

private:
    std::mutex m_mutex;  // guards the lists
    std::condition_variable m_changed;
};

/// A folder with documents, a library beside it.
class Place {
public:
    fs::path folder, library;

    Place() {
        const fs::path root = fs::canonical(m_dir.path().toStdString());
        folder = root / "papers";
        library = root / "library";
        fs::create_directories(folder);
    }
    ~Place() {  // QTemporaryDir does not get over names that are not UTF-8
        std::error_code ignored;
        fs::remove_all(folder, ignored);
    }
    std::unique_ptr<Library> open(std::unique_ptr<rag::Embedder> embedder = nullptr) const {
        LibraryOptions options;
        options.create = true;
        auto opened = must(Library::open(library, options));
        opened->useEmbedder(std::move(embedder), {});
        return opened;
    }
    std::unique_ptr<Library> openWithRoot(std::unique_ptr<rag::Embedder> embedder = nullptr) const {
        auto opened = open(std::move(embedder));
        if (!opened->store().addRoot("documents", nameOf(folder)).ok()) qFatal("no root");
        return opened;
    }

private:
    QTemporaryDir m_dir;
};

#ifdef ALCOVE_READER
inline IndexOptions indexing() {
    IndexOptions options;
    options.reading.reader = ALCOVE_READER;
    return options;
}

inline IndexSummary update(Library& library, Listener& listener, bool retry = false) {
    IndexOptions options = indexing();
    options.retry = retry;
    return must(Indexer(library, listener, options).update());
}
inline IndexSummary update(Library& library) {
    Listener listener;
    return update(library, listener);
}
#endif

/// Names of the files that are held.
inline std::set<std::string> held(Library& library) {
    std::set<std::string> names;
    for (const rag::DocumentRecord& record : must(library.documents()))
        names.insert(nameOf(pathFrom(record.path).filename()));
    return names;
}

/// Names of the files in which words find something.
inline std::set<std::string> finds(Library& library, const std::string& words,
                                   rag::SearchMode mode = rag::SearchMode::Text) {
    rag::RetrieveOptions options;
    options.mode = mode;
    std::set<std::string> names;
    for (const rag::Passage& passage : must(library.retriever().passages(words, options)))
        names.insert(nameOf(pathFrom(passage.document.path).filename()));
    return names;
}

using Names = std::set<std::string>;

}  // namespace alcove::app::test
