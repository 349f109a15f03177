#include "rag/reader_client/stream_parser.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/unicode.h"
#include "rag/refusal.h"

namespace alcove::rag {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMostPages = 1'000'000;
constexpr uint64_t kMostBlocks = 50'000'000;

Error broken(std::string_view what) {
    return refuse(Refusal::Crashed, "the reader sent what it must not: ", what);
}

bool isUtf8(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            ++at;
            continue;
        }
        const Utf8Prefix prefix = strictUtf8Prefix(text.substr(at));
        if (prefix.state != Utf8Prefix::State::Whole) return false;
        at += prefix.bytes;
    }
    return true;
}

template <typename Kind>
std::optional<Kind> kindNamed(std::string_view text, Kind last) {
    for (int i = 0; i <= static_cast<int>(last); ++i)
        if (name(static_cast<Kind>(i)) == text) return static_cast<Kind>(i);
    return std::nullopt;
}

bool onBorder(std::string_view text, uint64_t at) {
    return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

}  // namespace

/// Members of one object, asked for by type; what is not there, or of another type, is empty.
struct StreamParser::Fields {
    const Json& object;

    [[nodiscard]] const Json* find(const char* name) const {
        const auto found = object.find(name);
        return found == object.end() ? nullptr : &*found;
    }
    [[nodiscard]] std::string text(const char* name) const {
        const Json* value = find(name);
        return value && value->is_string() ? value->get<std::string>() : std::string();
    }
    [[nodiscard]] std::optional<uint64_t> number(const char* name) const {
        const Json* value = find(name);
        if (!value || !value->is_number_unsigned()) return std::nullopt;
        return value->get<uint64_t>();
    }
    [[nodiscard]] float decimal(const char* name) const {
        const Json* value = find(name);
        return value && value->is_number() ? value->get<float>() : 0;
    }
};

Result<void> StreamParser::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const size_t end = bytes.find('\n');
        if (m_pending.size() + std::min(end, bytes.size()) > kLongestLine)
            return broken("a line that does not end");
        if (end == std::string_view::npos) {
            m_pending += bytes;
            return {};
        }
        if (m_pending.empty()) {
            ALCOVE_CHECK(line(bytes.substr(0, end)));
        } else {
            m_pending += bytes.substr(0, end);
            ALCOVE_CHECK(line(m_pending));
            m_pending.clear();
        }
        bytes.remove_prefix(end + 1);
    }
    return {};
}

Result<void> StreamParser::line(std::string_view line) {
    if (m_ended) return broken("more after the end");
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || json.size() != 1) return broken("a line that is no record");
    const std::string& type = json.begin().key();
    const Json& content = *json.begin();
    if (type == "lines") return lines({json});
    if (!content.is_object()) return broken("a record without members");
    const Fields fields{content};
    if (type == "refused") {
        const auto reason = refusalNamed(fields.text("reason"));
        if (!reason) return broken("a refusal without a reason");
        std::string message = fields.text("message");
        const std::string prefix = concat(name(*reason), ":");
        if (message.rfind(prefix, 0) != 0) message = concat(prefix, " ", message);
        return Error{message.substr(0, 1000)};
    }
    if (type == "document") return head(fields);
    if (!m_begun) return broken("no beginning");
    if (type == "block") return block(fields);
    if (type == "page") return page(fields);
    if (type == "table") return table(fields);
    if (type == "warning") return warning(fields);
    if (type == "end") {
        if (fields.number("blocks") != m_document.blocks.size())
            return broken("a wrong number of blocks");
        m_ended = true;
        return {};
    }
    return broken("a record of a kind that is not known");
}

Result<void> StreamParser::head(const Fields& fields) {
    if (m_begun) return broken("two beginnings");
    if (fields.number("version") != 1) return broken("another version");
    const auto kind = kindNamed(fields.text("kind"), SourceKind::Code);
    if (!kind) return broken("a document of a kind that is not known");
    m_begun = true;
    m_document.kind = *kind;
    m_document.title = fields.text("title");
    m_document.author = fields.text("author");
    m_document.date = fields.text("date");
    m_document.language = fields.text("language");
    return {};
}

Result<void> StreamParser::page(const Fields& fields) {
    const auto kind = kindNamed(fields.text("kind"), PageKind::Flow);
    if (!kind) return broken("a page of a kind that is not known");
    if (m_document.pages.size() >= kMostPages) return broken("too many pages");
    Page page;
    page.kind = *kind;
    page.label = fields.text("label");
    page.width = fields.decimal("width");
    page.height = fields.decimal("height");
    const Json* scanned = fields.find("scanned");
    page.scanned = scanned && *scanned == true;
    m_document.pages.push_back(std::move(page));
    m_pageEnd = 0;
    return {};
}

Result<void> StreamParser::table(const Fields& fields) {
    const Json* header = fields.find("header");
    if (!header || !header->is_array()) return broken("a table without a header");
    Table table;
    for (const Json& cell : *header) {
        if (!cell.is_string()) return broken("a header that is no text");
        table.header.push_back(cell.get<std::string>());
    }
    m_document.tables.push_back(std::move(table));
    return {};
}

Result<void> StreamParser::block(const Fields& fields) {
    const auto kind = kindNamed(fields.text("kind"), BlockKind::Note);
    if (!kind) return broken("a block of a kind that is not known");
    if (m_document.pages.empty()) return broken("a block outside of a page");
    if (m_document.blocks.size() >= kMostBlocks) return broken("too many blocks");
    const std::string text = fields.text("text");
    if (text.empty() || !isUtf8(text)) return broken("a block without text");
    Page& page = m_document.pages.back();
    const auto begin = fields.number("begin");
    if (!begin || *begin < m_pageEnd || *begin - m_pageEnd > 2)
        return broken("a block at a wrong place");

    Block block;
    block.kind = *kind;
    const uint64_t level = fields.number("level").value_or(0);
    const bool isRow = *kind == BlockKind::TableHeader || *kind == BlockKind::TableRow;
    if (level > 9 || (*kind == BlockKind::Heading && level == 0))
        return broken("a block of a wrong level");
    if (isRow && text.find('\n') != std::string::npos) return broken("a row of more than one line");
    block.level = static_cast<uint8_t>(level);
    block.page = static_cast<uint32_t>(m_document.pages.size() - 1);
    if (const auto heading = fields.number("heading")) {
        if (*heading >= m_document.blocks.size() ||
            m_document.blocks[*heading].kind != BlockKind::Heading)
            return broken("a block under a heading that is none");
        block.heading = static_cast<uint32_t>(*heading);
    }
    const auto table = fields.number("table");
    if (table.has_value() != isRow) return broken("a row without a table");
    if (table) {
        if (*table >= m_document.tables.size()) return broken("a row of no table");
        block.table = static_cast<uint32_t>(*table);
    }
    page.text.append(*begin - page.text.size(), '\n');
    page.text += text;
    block.range = {*begin, page.text.size()};
    m_pageEnd = page.text.size();
    m_document.blocks.push_back(block);
    return {};
}

Result<void> StreamParser::lines(const Fields& fields) {
    const Json* list = fields.find("lines");
    if (!m_begun || m_document.pages.empty() || !list || !list->is_array())
        return broken("lines outside of a page");
    Page& page = m_document.pages.back();
    for (const Json& entry : *list) {
        if (!entry.is_array() || entry.size() != 6 || !entry[0].is_number_unsigned() ||
            !entry[1].is_number_unsigned())
            return broken("a line without a place");
        LineBox line;
        line.range = {entry[0].get<uint64_t>(), entry[1].get<uint64_t>()};
        const uint64_t least = page.lines.empty() ? 0 : page.lines.back().range.end;
        if (line.range.begin < least || line.range.end <= line.range.begin ||
            line.range.end > page.text.size() || !onBorder(page.text, line.range.begin) ||
            !onBorder(page.text, line.range.end))
            return broken("a line at a wrong place");
        float* const values[] = {&line.box.x, &line.box.y, &line.box.width, &line.box.height};
        for (size_t i = 0; i < 4; ++i) {
            if (!entry[i + 2].is_number()) return broken("a box without numbers");
            *values[i] = entry[i + 2].get<float>();
            if (!std::isfinite(*values[i])) return broken("a box without end");
        }
        page.lines.push_back(line);
    }
    return {};
}

Result<void> StreamParser::warning(const Fields& fields) {
    Warning warning;
    warning.message = fields.text("message");
    if (const auto page = fields.number("page")) {
        if (*page >= m_document.pages.size()) return broken("a warning about no page");
        warning.page = static_cast<uint32_t>(*page);
    }
    m_document.warnings.push_back(std::move(warning));
    return {};
}

}  // namespace alcove::rag
