// alcove-cli read: what the reader finds in a document.
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "engine/base/unicode.h"
#include "rag/reader_client/reader_client.h"

namespace alcove::app {
namespace {

using Json = nlohmann::ordered_json;

Json describePage(const rag::Page& page) {
    Json json = {{"kind", name(page.kind)}};
    if (!page.label.empty()) json["label"] = page.label;
    if (page.width > 0) json["width"] = page.width;
    if (page.height > 0) json["height"] = page.height;
    if (page.scanned) json["scanned"] = true;
    json["text"] = page.text;
    if (!page.lines.empty()) {
        Json lines = Json::array();
        for (const rag::LineBox& line : page.lines)
            lines.push_back({line.range.begin, line.range.end, line.box.x, line.box.y,
                             line.box.width, line.box.height});
        json["lines"] = std::move(lines);
    }
    return json;
}

Json describeBlock(const rag::Document& document, const rag::Block& block) {
    Json json = {{"kind", name(block.kind)},
                 {"page", block.page},
                 {"range", {block.range.begin, block.range.end}},
                 {"text", document.text(block)}};
    if (block.level != 0) json["level"] = block.level;
    const auto path = document.headingPath(block);
    if (!path.empty()) json["headings"] = path;
    if (block.table != rag::kNone) {
        json["table"] = block.table;
        const auto& header = document.tables[block.table].header;
        if (!header.empty() && block.kind == rag::BlockKind::TableRow) json["header"] = header;
    }
    return json;
}

Json describe(const rag::Document& document) {
    Json json = {{"kind", name(document.kind)}};
    if (!document.title.empty()) json["title"] = document.title;
    if (!document.author.empty()) json["author"] = document.author;
    if (!document.date.empty()) json["date"] = document.date;
    if (!document.language.empty()) json["language"] = document.language;
    json["pages"] = Json::array();
    for (const rag::Page& page : document.pages) json["pages"].push_back(describePage(page));
    json["blocks"] = Json::array();
    for (const rag::Block& block : document.blocks)
        json["blocks"].push_back(describeBlock(document, block));
    json["warnings"] = Json::array();
    for (const rag::Warning& warning : document.warnings) {
        Json entry = {{"message", warning.message}};
        if (warning.page != rag::kNone) entry["page"] = warning.page;
        json["warnings"].push_back(std::move(entry));
    }
    return json;
}

void print(const rag::Document& document, Streams& streams) {
    bool first = true;
    for (const rag::Page& page : document.pages) {
        if (page.text.empty()) continue;
        if (!first) streams.out << '\n';
        streams.out << printableText(page.text) << '\n';
        first = false;
    }
    streams.out.flush();
    for (const rag::Warning& warning : document.warnings) {
        streams.error << "alcove-cli: ";
        if (warning.page != rag::kNone && document.pages.size() > 1)
            streams.error << name(document.pages[warning.page].kind) << ' ' << warning.page + 1
                          << ": ";
        streams.error << printable(warning.message, kUncut) << '\n';
    }
}

Result<void> read(const std::string& file, const rag::ReadOptions& options, bool json,
                  Streams& streams) {
    ALCOVE_TRY(
        const rag::Document document,
        rag::readDocument(std::filesystem::path(std::u8string(file.begin(), file.end())), options));
    if (json)
        streams.out << describe(document).dump(-1, ' ', false, Json::error_handler_t::replace)
                    << '\n';
    else
        print(document, streams);
    return {};
}

}  // namespace

ExitCode runRead(Words words, Streams& streams) {
    std::string file;
    rag::ReadOptions reading;
    bool json = false, noOcr = false;
    Options options("read FILE [--json] [--password P]",
                    "Prints the text of a document in reading order: PDF, DOCX, ODT, PPTX, XLSX,\n"
                    "ODS, EPUB, HTML, Markdown, text, RTF, CSV, mail, JSON, source code.");
    options.positional("FILE", "the document", file);
    options.text("--password", "P", "opens an encrypted document", reading.password);
    options.text("--language", "L", "of scanned pages, as Tesseract names it (default: eng)",
                 reading.ocrLanguage);
    options.flag("--no-ocr", "leaves scanned pages unread", noOcr);
    options.flag("--json", "an object with pages, blocks and warnings", json);
    if (const auto code = options.parse(words, streams)) return *code;
    reading.ocr = !noOcr;
    return finish(read(file, reading, json, streams), streams);
}

}  // namespace alcove::app
