// One function for each format. Each writes the document's head, its pages and blocks; an Error is
// a refusal (rag/refusal.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "rag/reader/block_writer.h"

namespace alcove::rag {

/// A file, or a part of one (an attachment), whole in memory.
struct Source {
    std::string_view name;  // without folders; says the format where the content does not
    std::string_view bytes;
};

struct ReadContext;

/// PDF is a part of its own, with Qt (rag/reader/pdf); programs without it read the rest.
class PdfFormat {
public:
    virtual ~PdfFormat() = default;
    [[nodiscard]] virtual Result<void> read(const Source& source, ReadContext& context,
                                            BlockWriter& out) = 0;
};

/// What is the same for a file and all that is in it.
struct ReadContext {
    PdfFormat* pdf = nullptr;  // none: PDFs are refused
    std::string password;
    int depth = 0;                                // of attachments within attachments
    uint64_t unpackBudget = uint64_t{512} << 20;  // bytes that archives may still unpack to

    static constexpr int kDeepest = 4;
};

/// Any format; finds out which.
[[nodiscard]] Result<void> readAny(const Source& source, ReadContext& context, BlockWriter& out);

[[nodiscard]] Result<void> readText(const Source& source, BlockWriter& out);
[[nodiscard]] Result<void> readMarkdown(const Source& source, BlockWriter& out);
[[nodiscard]] Result<void> readCsv(const Source& source, BlockWriter& out);
[[nodiscard]] Result<void> readJson(const Source& source, BlockWriter& out);
[[nodiscard]] Result<void> readCode(const Source& source, std::string_view language,
                                    BlockWriter& out);
[[nodiscard]] Result<void> readRtf(const Source& source, BlockWriter& out);
[[nodiscard]] Result<void> readHtml(const Source& source, BlockWriter& out);
[[nodiscard]] Result<void> readDocx(const Source& source, ReadContext& context, BlockWriter& out);
[[nodiscard]] Result<void> readPptx(const Source& source, ReadContext& context, BlockWriter& out);
[[nodiscard]] Result<void> readXlsx(const Source& source, ReadContext& context, BlockWriter& out);
[[nodiscard]] Result<void> readOdf(const Source& source, ReadContext& context, SourceKind kind,
                                   BlockWriter& out);
[[nodiscard]] Result<void> readEpub(const Source& source, ReadContext& context, BlockWriter& out);
[[nodiscard]] Result<void> readEml(const Source& source, ReadContext& context, BlockWriter& out);
[[nodiscard]] Result<void> readMbox(const Source& source, ReadContext& context, BlockWriter& out);

/// The blocks of an HTML text, on the page that is begun already. `title` gets <title>.
struct HtmlText {
    std::string_view bytes;
    std::string_view charset;  // as a mail's head says; empty: as the text says
};
[[nodiscard]] Result<void> writeHtml(const HtmlText& html, BlockWriter& out);
/// Paragraphs of plain UTF-8 text, on the page that is begun already.
void writeParagraphs(std::string_view text, BlockWriter& out);

}  // namespace alcove::rag
