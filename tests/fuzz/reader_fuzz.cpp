// Any bytes as a document of any format but PDF. The first byte chooses the name, and so the
// format; what comes out must be a stream that the client understands.
#include <array>
#include <cstdlib>
#include <string>

#include "rag/reader/formats/formats.h"
#include "rag/reader_client/stream_parser.h"

using namespace alcove::rag;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    constexpr std::array kNames = {"a.docx", "a.odt",  "a.ods",  "a.pptx", "a.xlsx", "a.epub",
                                   "a.html", "a.md",   "a.txt",  "a.rtf",  "a.csv",  "a.tsv",
                                   "a.eml",  "a.mbox", "a.json", "a.py",   "a",      "a.jsonl"};
    if (size == 0) return 0;
    const Source source{kNames[data[0] % kNames.size()],
                        {reinterpret_cast<const char*>(data) + 1, size - 1}};
    StreamParser parser;
    bool understood = true;
    BlockWriter out(
        [&](std::string_view bytes) { understood = understood && parser.feed(bytes).ok(); },
        1 << 20);
    ReadContext context;
    context.unpackBudget = 4 << 20;
    const auto result = readAny(source, context, out);
    if (result) out.end();
    if (!understood || (result && !parser.complete())) std::abort();
    return 0;
}
