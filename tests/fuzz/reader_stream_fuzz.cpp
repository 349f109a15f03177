// Any bytes as what a reader sends. Whatever is accepted must keep the promises of rag/document.h.
#include <cstdlib>
#include <string_view>

#include "rag/reader_client/stream_parser.h"

using namespace alcove::rag;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    StreamParser parser;
    static_cast<void>(parser.feed({reinterpret_cast<const char*>(data), size}).ok());
    const Document& document = parser.document();
    for (size_t i = 0; i < document.blocks.size(); ++i) {
        const Block& block = document.blocks[i];
        const bool sane = block.page < document.pages.size() &&
                          block.range.begin < block.range.end &&
                          block.range.end <= document.pages[block.page].text.size() &&
                          (block.heading == kNone || block.heading < i) &&
                          (block.table == kNone || block.table < document.tables.size());
        if (!sane || document.text(block).empty()) std::abort();
        static_cast<void>(document.headingPath(block));
    }
    return 0;
}
