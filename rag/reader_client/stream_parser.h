// Builds a Document from what a reader process sends. The reader has worked on a hostile file and
// may have been taken over by it, so nothing is believed: every promise of document.h is checked
// here. The stream's form stands in rag/reader/block_writer.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "rag/document.h"

namespace alcove::rag {

class StreamParser {
public:
    static constexpr size_t kLongestLine = size_t{8} << 20;

    /// The next bytes, in pieces of any size. An error is a refusal: the reader's own, or Crashed
    /// for a stream that is not what it must be.
    [[nodiscard]] Result<void> feed(std::string_view bytes);

    /// The stream was begun and ended as it must be.
    [[nodiscard]] bool complete() const { return m_ended; }
    [[nodiscard]] const Document& document() const { return m_document; }
    [[nodiscard]] Document take() { return std::move(m_document); }

private:
    struct Fields;
    Result<void> line(std::string_view line);
    Result<void> head(const Fields& fields);
    Result<void> page(const Fields& fields);
    Result<void> table(const Fields& fields);
    Result<void> block(const Fields& fields);
    Result<void> lines(const Fields& fields);
    Result<void> warning(const Fields& fields);

    Document m_document;
    std::string m_pending;  // a line that has not ended
    bool m_begun = false, m_ended = false;
    uint64_t m_pageEnd = 0;  // where the last block of the page ends
};

}  // namespace alcove::rag
