#include "rag/document.h"

namespace alcove::rag {
std::string_view name(SourceKind kind) {
    switch (kind) {
        case SourceKind::Pdf:
            return "pdf";
        case SourceKind::Docx:
            return "docx";
        case SourceKind::Odt:
            return "odt";
        case SourceKind::Pptx:
            return "pptx";
        case SourceKind::Xlsx:
            return "xlsx";
        case SourceKind::Ods:
            return "ods";
        case SourceKind::Epub:
            return "epub";
        case SourceKind::Html:
            return "html";
        case SourceKind::Markdown:
            return "markdown";
        case SourceKind::Text:
            return "text";
        case SourceKind::Rtf:
            return "rtf";
        case SourceKind::Csv:
            return "csv";
        case SourceKind::Eml:
            return "eml";
        case SourceKind::Mbox:
            return "mbox";
        case SourceKind::Json:
            return "json";
        case SourceKind::Code:
            return "code";
    }
    return "text";
}

std::string_view name(PageKind kind) {
    switch (kind) {
        case PageKind::Page:
            return "page";
        case PageKind::Slide:
            return "slide";
        case PageKind::Sheet:
            return "sheet";
        case PageKind::Chapter:
            return "chapter";
        case PageKind::Message:
            return "message";
        case PageKind::Flow:
            return "flow";
    }
    return "flow";
}

std::string_view name(BlockKind kind) {
    switch (kind) {
        case BlockKind::Heading:
            return "heading";
        case BlockKind::Paragraph:
            return "paragraph";
        case BlockKind::ListItem:
            return "list_item";
        case BlockKind::TableHeader:
            return "table_header";
        case BlockKind::TableRow:
            return "table_row";
        case BlockKind::Code:
            return "code";
        case BlockKind::Note:
            return "note";
    }
    return "paragraph";
}

}  // namespace alcove::rag
