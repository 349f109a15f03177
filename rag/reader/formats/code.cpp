// Source code: a block for each part that begins at the left margin after an empty line, so that a
// function is never torn by its reader.
#include "rag/reader/formats/formats.h"
#include "rag/reader/text/encoding.h"

namespace alcove::rag {

Result<void> readCode(const Source& source, std::string_view language, BlockWriter& out) {
    Metadata about;
    about.language = language;
    out.document(SourceKind::Code, about);
    out.page(PageKind::Flow, "");
    const std::string decoded = toUtf8(source.bytes);
    const std::string_view text = decoded;
    size_t begin = 0;
    bool afterEmpty = false;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        const bool empty = line.find_first_not_of(" \t\r") == std::string_view::npos;
        const bool inner = !empty && (line[0] == ' ' || line[0] == '\t' || line[0] == '}' ||
                                      line[0] == ')' || line[0] == ']');
        if (afterEmpty && !empty && !inner) {
            out.code(text.substr(begin, at - begin));
            begin = at;
            ALCOVE_CHECK(out.status());
        }
        afterEmpty = empty;
        at = end + 1;
    }
    out.code(text.substr(begin));
    return out.status();
}

}  // namespace alcove::rag
