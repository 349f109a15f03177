// Any text and boxes as a page of a PDF.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "rag/reader/pdf/layout.h"

using namespace alcove::rag::pdf;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    RawPage page;
    page.width = 600;
    page.height = 800;
    const size_t boxes = std::min<size_t>(data[0], (size - 1) / 4);
    ++data;
    --size;
    for (size_t i = 0; i < boxes; ++i, data += 4, size -= 4)
        page.boxes.push_back({data[0] * 2.5F, data[1] * 3.5F, data[2] * 1.0F, data[3] * 0.2F});
    page.text.resize(size / 2);
    if (size >= 2) std::memcpy(page.text.data(), data, size / 2 * 2);
    Context context;
    context.bodyEm = 11;
    collectHyphenated(page, context.hyphenated);
    for (const TextBlock& block : findBlocks(page, findLines(page), context)) {
        uint64_t end = 0;
        for (const Piece& piece : block.pieces) {
            const bool sane = piece.out.begin >= end && piece.out.end > piece.out.begin &&
                              piece.out.end <= block.text.size() && piece.begin < piece.end &&
                              piece.end <= page.text.size();
            if (!sane) std::abort();
            end = piece.out.end;
        }
    }
    return 0;
}
