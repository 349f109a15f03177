#include "rag/reader/pdf/pdf.h"

namespace alcove::rag {

void preparePdf(const std::string&) {}

Result<void> readPdf(const Source&, ReadContext&, BlockWriter&) {
    return refuse(Refusal::Unsupported, "PDF is to come");
}
Result<std::string> renderPdfPage(const Source&, ReadContext&, uint64_t, uint64_t) {
    return refuse(Refusal::Unsupported, "PDF is to come");
}
Result<void> locateInPdf(const Source&, ReadContext&, uint64_t, TextRange, BlockWriter&) {
    return refuse(Refusal::Unsupported, "PDF is to come");
}

}  // namespace alcove::rag
