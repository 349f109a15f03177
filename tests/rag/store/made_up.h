// Documents made up from a number: the same number gives the same document, with vectors.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "rag/store/chunk_store.h"

namespace alcove::rag::test {

inline constexpr size_t kDimension = 8;
inline const EmbedderKey kEmbedder{"made up", kDimension};

/// A chunk for each line of each page. No vectors yet.
inline DocumentContent documentOf(const std::string& path, const std::vector<std::string>& pages) {
    DocumentContent content;
    content.record.collection = "papers";
    content.record.path = path;
    content.record.title = "Title of " + path;
    content.record.kind = "text";
    content.record.modified = 1000;
    content.record.bytes = 17;
    content.record.hash = "hash of " + path;
    for (uint32_t page = 0; page < pages.size(); ++page) {
        const std::string& text = pages[page];
        content.pages.push_back({"page", std::to_string(page + 1), text});
        for (size_t begin = 0; begin < text.size();) {
            const size_t end = std::min(text.find('\n', begin), text.size());
            content.chunks.push_back({page,
                                      {begin, end},
                                      BlockKind::Paragraph,
                                      "Heading",
                                      text.substr(begin, end - begin)});
            begin = end + 1;
        }
    }
    return content;
}

inline std::vector<float> vectorOf(unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> vector(kDimension);
    for (float& value : vector) value = normal(random);
    return vector;
}

inline void addVectors(DocumentContent& content, unsigned seed) {
    content.embedder = kEmbedder;
    for (unsigned i = 0; i < content.chunks.size(); ++i) {
        const std::vector<float> vector = vectorOf(seed * 1000 + i);
        content.vectors.insert(content.vectors.end(), vector.begin(), vector.end());
    }
}

inline DocumentContent madeUp(unsigned number) {
    std::mt19937 random(number);
    std::vector<std::string> pages(1 + random() % 3);
    for (std::string& page : pages)
        for (unsigned line = 0; line < 1 + random() % 5; ++line) {
            if (line > 0) page += '\n';
            page += "number" + std::to_string(number);
            for (unsigned word = 0; word < 3 + random() % 20; ++word)
                page += " word" + std::to_string(random() % 50);
        }
    DocumentContent content = documentOf("document " + std::to_string(number), pages);
    addVectors(content, number);
    return content;
}

}  // namespace alcove::rag::test
