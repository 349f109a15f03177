// PDF by Qt Pdf: the only part of the reader that uses Qt.
#pragma once

#include <chrono>
#include <memory>

#include "rag/reader/formats/formats.h"

namespace alcove::rag {

namespace pdf {
class Ocr;
}

class QtPdf : public PdfFormat {
public:
    /// Before the sandbox closes: loads Tesseract, where a language is named. When `ocrTime` is
    /// over the scans that remain are left unread.
    QtPdf(const std::string& ocrLanguage, std::chrono::seconds ocrTime);
    ~QtPdf() override;

    [[nodiscard]] Result<void> read(const Source& source, ReadContext& context,
                                    BlockWriter& out) override;

    /// As PNG.
    [[nodiscard]] Result<std::string> render(const Source& source, const ReadContext& context,
                                             uint64_t page, uint64_t width);

    /// Writes a document of this one page, with lines that are exact and cover the range alone.
    [[nodiscard]] Result<void> locate(const Source& source, const ReadContext& context,
                                      uint64_t page, TextRange range, BlockWriter& out);

private:
    std::unique_ptr<pdf::Ocr> m_ocr;
    std::string m_ocrMissing;  // why there is none
    std::chrono::steady_clock::time_point m_ocrEnd;
};

}  // namespace alcove::rag
