#include "rag/reader/block_writer.h"

#include <algorithm>
#include <cmath>

#include "engine/base/unicode.h"

namespace alcove::rag {
namespace {

void appendJson(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
                    out += "\\u00";
                    out += kHex[(c >> 4) & 15];
                    out += kHex[c & 15];
                } else {
                    out += c;
                }
        }
    }
    out += '"';
}

void appendMember(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out += ",\"";
    out += name;
    out += "\":";
    appendJson(out, text);
}

void appendNumber(std::string& out, std::string_view name, uint64_t number) {
    out += ",\"";
    out += name;
    out += "\":";
    out += std::to_string(number);
}

/// Hundredths are enough for points; no locale, no exponent.
void appendDecimal(std::string& out, float value) {
    if (!std::isfinite(value)) value = 0;
    const auto hundredths = std::llround(std::clamp(value, -1e9F, 1e9F) * 100.0);
    if (hundredths < 0) out += '-';
    const auto size = std::llabs(hundredths);
    out += std::to_string(size / 100);
    if (size % 100 != 0) {
        out += '.';
        out += static_cast<char>('0' + size / 10 % 10);
        out += static_cast<char>('0' + size % 10);
    }
}

/// Marks that steer the layout and say nothing: soft hyphen, zero width space, byte order mark.
bool isInvisible(char32_t code) {
    return code == 0xAD || code == 0x200B || code == 0x2060 || code == 0xFEFF ||
           (code >= 0xFFF9 && code <= 0xFFFB);
}

bool isControl(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

/// Calls `use` with each character; U+FFFD for what is none.
template <typename Use>
void eachCharacter(std::string_view text, const Use& use) {
    for (size_t at = 0; at < text.size();) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            use(static_cast<char32_t>(text[at]), text.substr(at, 1));
            ++at;
            continue;
        }
        const Utf8Prefix prefix = strictUtf8Prefix(text.substr(at));
        if (prefix.state == Utf8Prefix::State::Whole)
            use(decodeUtf8Loosely(text, at).code, text.substr(at, prefix.bytes));
        else
            use(kReplacementCharacter, "\xEF\xBF\xBD");
        at += std::max<size_t>(prefix.bytes, 1);
    }
}

std::string clean(std::string_view text, bool keepLines) {
    std::string out;
    out.reserve(text.size());
    bool blank = false;
    int lineFeeds = 0;
    eachCharacter(text, [&](char32_t code, std::string_view bytes) {
        if (code == '\n' || code == 0x2028 || code == 0x2029 || code == 0x0B || code == 0x0C) {
            ++lineFeeds;
        } else if (code == ' ' || code == '\t' || code == '\r' || isUnicodeWhite(code)) {
            blank = true;
        } else if (!isControl(code) && !isInvisible(code)) {
            if (!out.empty()) {
                if (lineFeeds > 0)
                    out.append(keepLines ? std::min<size_t>(lineFeeds, 2) : 1,
                               keepLines ? '\n' : ' ');
                else if (blank)
                    out += ' ';
            }
            blank = false;
            lineFeeds = 0;
            out += bytes;
        }
    });
    return out;
}

/// Where to cut a long text: after the last line feed or blank of the piece, else between two
/// characters.
size_t pieceSize(std::string_view text) {
    if (text.size() <= BlockWriter::kLongestBlock) return text.size();
    size_t end = BlockWriter::kLongestBlock;
    const size_t blank = text.substr(0, end).find_last_of("\n\t ");
    if (blank != std::string_view::npos && blank > end / 2) return blank + 1;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return end;
}

bool isRow(BlockKind kind) { return kind == BlockKind::TableHeader || kind == BlockKind::TableRow; }

}  // namespace

std::string cleanProse(std::string_view text) { return clean(text, true); }
std::string cleanCell(std::string_view text) { return clean(text, false); }

std::string cleanVerbatim(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool afterReturn = false;
    eachCharacter(text, [&](char32_t code, std::string_view bytes) {
        if (code == '\n' && afterReturn) {
            afterReturn = false;
            return;
        }
        afterReturn = code == '\r';
        if (code == '\n' || code == '\r' || code == 0x0C) {
            while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
            out += '\n';
        } else if (code == '\t' || (!isControl(code) && !isInvisible(code))) {
            out += bytes;
        }
    });
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ' || out.back() == '\t'))
        out.pop_back();
    // Leading empty lines go, the indentation of the first line stays.
    const size_t first = out.find_first_not_of(" \t\n");
    const size_t lineFeed = first == std::string::npos ? std::string::npos : out.rfind('\n', first);
    if (lineFeed != std::string::npos) out.erase(0, lineFeed + 1);
    return out;
}

bool BlockWriter::put(std::string_view line) {
    m_full = m_full || line.size() >= m_limit - std::min(m_limit, m_written);
    if (m_full) return false;
    m_written += line.size();
    m_sink(line);
    return true;
}

Result<void> BlockWriter::status() const {
    if (m_full)
        return refuse(Refusal::TooLarge, "its text is larger than ", m_limit >> 20,
                      " MB; nothing of it is kept");
    return {};
}

void BlockWriter::document(SourceKind kind, const Metadata& metadata) {
    if (m_begun) return;
    m_begun = true;
    m_line = "{\"document\":{\"version\":1";
    appendMember(m_line, "kind", name(kind));
    const auto shortened = [](std::string_view text) {
        std::string cleaned = cleanCell(text.substr(0, 4096));
        return cleaned;
    };
    appendMember(m_line, "title", shortened(metadata.title));
    appendMember(m_line, "author", shortened(metadata.author));
    appendMember(m_line, "date", shortened(metadata.date));
    appendMember(m_line, "language", metadata.language);
    m_line += "}}\n";
    put(m_line);
}

void BlockWriter::page(PageKind kind, std::string_view label, float width, float height,
                       bool scanned) {
    m_textSize = 0;
    ++m_pages;
    m_line = "{\"page\":{\"kind\":";
    appendJson(m_line, name(kind));
    std::string whole = m_prefix;
    const std::string own = cleanCell(label.substr(0, 1024));
    if (!whole.empty() && !own.empty()) whole += ", ";
    if (!m_prefix.empty() && !own.empty() &&
        (kind == PageKind::Page || kind == PageKind::Slide || kind == PageKind::Sheet))
        whole += concat(name(kind), " ");
    whole += own;
    appendMember(m_line, "label", whole);
    if (width > 0 && height > 0) {
        m_line += ",\"width\":";
        appendDecimal(m_line, width);
        m_line += ",\"height\":";
        appendDecimal(m_line, height);
    }
    if (scanned) m_line += ",\"scanned\":true";
    m_line += "}}\n";
    put(m_line);
}

uint64_t BlockWriter::exact(BlockKind kind, int level, std::string_view text) {
    if (text.empty()) return m_textSize;
    const bool together = m_last == kind && (isRow(kind) || kind == BlockKind::ListItem);
    const bool afterHeader = m_last == BlockKind::TableHeader && kind == BlockKind::TableRow;
    uint64_t begin = m_textSize == 0 ? 0 : m_textSize + (together || afterHeader ? 1 : 2);
    const uint64_t first = begin;
    if (kind == BlockKind::Heading)
        while (!m_headings.empty() && m_headings.back().first >= level) m_headings.pop_back();
    const uint32_t heading = m_headings.empty() ? kNone : m_headings.back().second;
    if (kind == BlockKind::Heading) m_headings.emplace_back(level, m_blocks);
    while (!text.empty()) {
        const size_t size = pieceSize(text);
        m_line = "{\"block\":{\"kind\":";
        appendJson(m_line, name(kind));
        appendNumber(m_line, "begin", begin);
        appendMember(m_line, "text", text.substr(0, size));
        if (level != 0) appendNumber(m_line, "level", static_cast<uint64_t>(level));
        if (heading != kNone) appendNumber(m_line, "heading", heading);
        if (isRow(kind)) appendNumber(m_line, "table", m_tables - 1);
        m_line += "}}\n";
        if (put(m_line)) {
            ++m_blocks;
            m_texts += size;
        }
        begin += size;
        text.remove_prefix(size);
    }
    m_textSize = begin;
    m_last = kind;
    return first;
}

void BlockWriter::block(BlockKind kind, int level, std::string_view text) {
    const bool verbatim = kind == BlockKind::Code || kind == BlockKind::Note;
    exact(kind, std::clamp(level, 0, 9), verbatim ? cleanVerbatim(text) : cleanProse(text));
}

void BlockWriter::heading(int level, std::string_view text) {
    exact(BlockKind::Heading, std::clamp(level, 1, 9), cleanCell(text));
}

void BlockWriter::table(std::vector<std::string> header) {
    for (std::string& cell : header) cell = cleanCell(cell);
    while (!header.empty() && header.back().empty()) header.pop_back();
    beginTable(header);
    writeRow(BlockKind::TableHeader, header);
}

void BlockWriter::beginTable(std::span<const std::string> header) {
    m_line = "{\"table\":{\"header\":[";
    for (size_t i = 0; i < header.size(); ++i) {
        if (i > 0) m_line += ',';
        appendJson(m_line, header[i]);
    }
    m_line += "]}}\n";
    put(m_line);
    ++m_tables;
    m_last = BlockKind::Paragraph;  // two tables in a row keep apart
}

void BlockWriter::row(std::span<const std::string> cells) {
    if (m_tables == 0) table({});
    writeRow(BlockKind::TableRow, cells);
}

void BlockWriter::writeRow(BlockKind kind, std::span<const std::string> cells) {
    std::string text;
    size_t pending = 0;  // empty cells at the end are not written
    bool any = false;
    for (const std::string& cell : cells) {
        const std::string content = cleanCell(cell);
        if (!content.empty()) {
            text.append(pending, '\t');
            pending = 0;
            text += content;
            any = true;
        }
        ++pending;
    }
    if (any) exact(kind, 0, text);
}

void BlockWriter::lines(std::span<const LineBox> lines) {
    // A line of the stream stays short enough for who reads it.
    constexpr size_t kTogether = 4096;
    while (!lines.empty()) {
        const auto part = lines.first(std::min(lines.size(), kTogether));
        m_line = "{\"lines\":[";
        for (size_t i = 0; i < part.size(); ++i) {
            m_line += i > 0 ? ",[" : "[";
            m_line += concat(part[i].range.begin, ",", part[i].range.end);
            for (const float value :
                 {part[i].box.x, part[i].box.y, part[i].box.width, part[i].box.height}) {
                m_line += ',';
                appendDecimal(m_line, value);
            }
            m_line += ']';
        }
        m_line += "]}\n";
        put(m_line);
        lines = lines.subspan(part.size());
    }
}

void BlockWriter::warning(std::string_view message) {
    m_line = "{\"warning\":{\"page\":" + std::to_string(m_pages == 0 ? 0 : m_pages - 1);
    appendMember(m_line, "message", cleanCell(message));
    m_line += "}}\n";
    put(m_line);
}

void BlockWriter::documentWarning(std::string_view message) {
    m_line = "{\"warning\":{\"message\":";
    appendJson(m_line, cleanCell(message));
    m_line += "}}\n";
    // A few even when the limit is reached: that may be what is to be told.
    if (!put(m_line) && m_late++ < kMostLate) m_sink(m_line);
}

BlockWriter::Outer BlockWriter::enter(std::string_view name) {
    Outer outer{m_prefix, std::move(m_headings)};
    m_headings.clear();
    if (!m_prefix.empty()) m_prefix += ", ";
    m_prefix += cleanCell(name.substr(0, 256));
    return outer;
}

void BlockWriter::leave(Outer outer) {
    m_prefix = std::move(outer.prefix);
    m_headings = std::move(outer.headings);
}

void BlockWriter::end() { m_sink(concat("{\"end\":{\"blocks\":", m_blocks, "}}\n")); }

void BlockWriter::refused(const Error& error) {
    m_line = "{\"refused\":{\"reason\":";
    appendJson(m_line, name(refusalOf(error)));
    appendMember(m_line, "message", cleanCell(error.message));
    m_line += "}}\n";
    m_sink(m_line);  // even when the limit is reached
}

}  // namespace alcove::rag
