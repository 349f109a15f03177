// Plain text: paragraphs are what empty lines part; their lines stay as they are.
#include "rag/reader/formats/formats.h"
#include "rag/reader/text/encoding.h"

namespace alcove::rag {
namespace {

bool isBlank(std::string_view line) {
    return line.find_first_not_of(" \t\r\f\v") == std::string_view::npos;
}

}  // namespace

void writeParagraphs(std::string_view text, BlockWriter& out) {
    size_t begin = 0;  // of the paragraph
    size_t at = 0;
    while (at < text.size()) {
        size_t end = text.find_first_of("\n\r", at);
        if (end == std::string_view::npos) end = text.size();
        const std::string_view line = text.substr(at, end - at);
        size_t next = end + 1;
        if (end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n') ++next;
        // A form feed begins a page and so a paragraph; a text without empty lines is cut, too.
        const bool ends = isBlank(line) || at - begin > BlockWriter::kLongestBlock / 4;
        if (ends) {
            out.paragraph(text.substr(begin, at - begin));
            begin = at;
            if (!out.status()) return;
        }
        at = next;
    }
    out.paragraph(text.substr(begin));
}

Result<void> readText(const Source& source, BlockWriter& out) {
    out.document(SourceKind::Text, {});
    out.page(PageKind::Flow, "");
    // Old Mac texts end their lines with carriage returns alone.
    std::string text = toUtf8(source.bytes);
    if (text.find('\n') == std::string::npos)
        for (char& c : text)
            if (c == '\r') c = '\n';
    writeParagraphs(text, out);
    return out.status();
}

}  // namespace alcove::rag
