// PDF by Qt Pdf: the only part of the reader that uses Qt.
#pragma once

#include "rag/reader/formats/formats.h"

namespace alcove::rag {

/// Before the sandbox closes: loads what Qt, and where a language is named Tesseract, would load
/// later.
void preparePdf(const std::string& ocrLanguage);

[[nodiscard]] Result<void> readPdf(const Source& source, ReadContext& context, BlockWriter& out);

/// As PNG.
[[nodiscard]] Result<std::string> renderPdfPage(const Source& source, ReadContext& context,
                                                uint64_t page, uint64_t width);

/// Writes a document of this one page, with lines that are exact and cover the range alone.
[[nodiscard]] Result<void> locateInPdf(const Source& source, ReadContext& context, uint64_t page,
                                       TextRange range, BlockWriter& out);

}  // namespace alcove::rag
