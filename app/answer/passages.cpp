#include "app/answer/passages.h"

#include <algorithm>
#include <cstdio>

#include "app/library/source_file.h"
#include "engine/base/checksum.h"

namespace alcove::app {
namespace {

constexpr size_t kMostWhole = 100000;  // chunks of a document that is given whole; never reached

/// Control characters but line feed and tab say nothing to a model.
std::string clean(std::string_view text) {
    std::string kept;
    for (const char c : text)
        if (static_cast<uint8_t>(c) >= 0x20 || c == '\n' || c == '\t') kept += c;
    return kept;
}

std::string oneLine(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return clean(text);
}

}  // namespace

std::string shownDocument(const std::string& path) {
    const size_t slash = path.find_last_of("/\\");
    return shownName(slash == std::string::npos ? path : path.substr(slash + 1));
}

rag::Source sourceOf(const rag::Passage& passage) {
    rag::Source source;
    source.text = passage.text;
    source.heading = passage.heading;
    source.title = passage.document.title + "\n" + shownDocument(passage.document.path);
    size_t at = 0;
    for (size_t i = 0; i + 1 < passage.parts.size(); ++i) {
        at += passage.parts[i].range.size() + 1;
        source.cuts.push_back(at);
    }
    source.score = passage.score;
    return source;
}

std::vector<rag::Source> sourcesOf(const std::vector<rag::Passage>& passages) {
    std::vector<rag::Source> sources;
    for (const rag::Passage& passage : passages) sources.push_back(sourceOf(passage));
    return sources;
}

std::optional<Citation> locateIn(const rag::Passage& passage, rag::TextRange range) {
    uint64_t at = 0;
    for (const rag::Passage::Part& part : passage.parts) {
        const uint64_t end = at + part.range.size();
        if (range.begin >= at && range.begin < end) {
            Citation citation;
            citation.document = passage.document;
            citation.page = part.page;
            citation.label = part.label;
            const uint64_t last = std::min(range.end, end);
            citation.range = {part.range.begin + (range.begin - at),
                              part.range.begin + (last - at)};
            citation.text = passage.text.substr(range.begin, last - range.begin);
            return citation;
        }
        at = end + 1;
    }
    return std::nullopt;
}

size_t cite(std::vector<Citation>& citations, Citation citation) {
    for (const Citation& known : citations)
        if (known.document.id == citation.document.id && known.page == citation.page &&
            known.range == citation.range)
            return known.n;
    citation.n = citations.size() + 1;
    citations.push_back(std::move(citation));
    return citations.size();
}

Result<std::vector<rag::Passage>> wholeDocument(rag::ChunkStore& store,
                                                const rag::DocumentRecord& document) {
    ALCOVE_TRY(const std::vector<rag::StoredChunk> chunks,
               store.documentChunks(document.id, 0, kMostWhole));
    std::vector<rag::Passage> passages;
    for (const rag::StoredChunk& stored : chunks) {
        rag::Passage passage;
        passage.document = document;
        passage.heading = stored.chunk.heading;
        ALCOVE_TRY(std::string label, store.pageLabel(document.id, stored.chunk.page));
        passage.parts.push_back({stored.chunk.page, std::move(label), stored.chunk.range});
        passage.text = stored.chunk.body;
        passage.chunks.push_back(stored.id);
        passages.push_back(std::move(passage));
    }
    return passages;
}

std::string fenced(const std::vector<rag::Passage>& passages) {
    // Whoever writes a document cannot know the word, since it is made from all that is quoted.
    uint64_t hash = kChecksumStart;
    for (const rag::Passage& passage : passages)
        hash = checksum(std::as_bytes(std::span(passage.text)), hash);
    char fence[24];
    std::snprintf(fence, sizeof fence, "%06x", static_cast<unsigned>(hash & 0xffffff));
    std::string text = concat("Passages (each between lines with the word ", fence, "):\n");
    for (size_t i = 0; i < passages.size(); ++i) {
        const rag::Passage& passage = passages[i];
        std::string where = shownDocument(passage.document.path);
        if (!passage.parts.empty() && !passage.parts.front().label.empty())
            where += ", page " + passage.parts.front().label;
        if (!passage.heading.empty()) where += ", " + passage.heading;
        std::string body = clean(rag::withoutOwnMarks(passage.text));
        for (size_t at = 0; (at = body.find(fence, at)) != std::string::npos; at += 6)
            body[at] = body[at] == '0' ? 'o' : '0';
        text += concat("\n", fence, " [", i + 1, "] ", oneLine(rag::withoutOwnMarks(where)), "\n",
                       body, "\n", fence, " end of [", i + 1, "]\n");
    }
    return text;
}

}  // namespace alcove::app
