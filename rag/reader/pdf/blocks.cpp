// Lines to blocks. A line goes on the paragraph before it unless something says otherwise: its
// distance, its size, its indentation, a mark of a list, or that the line before ended early.
#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/unicode.h"
#include "rag/reader/pdf/layout.h"

namespace alcove::rag::pdf {
namespace {

bool isBlank(char16_t c) { return c <= ' ' || c == 0xA0 || (c >= 0x2000 && c <= 0x200B); }

/// A whole character and how many units it takes.
struct Character {
    char32_t code;
    uint32_t units;
};
Character characterAt(std::u16string_view text, size_t at) {
    const char16_t unit = text[at];
    if (unit >= 0xD800 && unit < 0xDC00 && at + 1 < text.size() && text[at + 1] >= 0xDC00 &&
        text[at + 1] < 0xE000)
        return {0x10000 + ((char32_t{unit} - 0xD800) << 10) + (text[at + 1] - 0xDC00), 2};
    if (unit >= 0xD800 && unit < 0xE000) return {kReplacementCharacter, 1};
    return {unit, 1};
}

/// Letters drawn as one: ﬁ, and the shapes of Arabic letters.
void appendSimple(std::string& out, char32_t code) {
    const bool composed = (code >= 0xFB00 && code <= 0xFB4F) ||
                          (code >= 0xFB50 && code <= 0xFDFF) || (code >= 0xFE70 && code <= 0xFEFC);
    if (!composed) {
        appendUtf8(out, code);
        return;
    }
    UErrorCode error = U_ZERO_ERROR;
    const UNormalizer2* compatible = unorm2_getNFKCInstance(&error);
    const UChar from = static_cast<UChar>(code);
    std::array<UChar, 32> to;
    const int32_t size =
        U_SUCCESS(error) ? unorm2_normalize(compatible, &from, 1, to.data(), to.size(), &error) : 0;
    if (U_FAILURE(error) || size <= 0) {
        appendUtf8(out, code);
        return;
    }
    const std::u16string_view taken(to.data(), static_cast<size_t>(size));
    for (size_t at = 0; at < taken.size();) {
        const Character character = characterAt(taken, at);
        appendUtf8(out, character.code);
        at += character.units;
    }
}

bool isLowLetter(char32_t code) { return u_islower(static_cast<UChar32>(code)) != 0; }

std::u16string_view part(const RawPage& page, const Line& line) {
    return std::u16string_view(page.text).substr(line.begin, line.end - line.begin);
}

bool startsLow(std::u16string_view text) {
    return !text.empty() && isLowLetter(characterAt(text, 0).code);
}

bool isHyphen(char16_t c) {
    return c == '-' || c == 0x2010 || c == 0xAD || c == kJoined || c == kJoinedOld;
}

bool endsSentence(std::u16string_view text) {
    while (!text.empty() &&
           std::u16string_view(u"\"')]\u201D\u2019").find(text.back()) != std::u16string_view::npos)
        text.remove_suffix(1);
    return !text.empty() &&
           std::u16string_view(u".!?:;\u2026\u3002").find(text.back()) != std::u16string_view::npos;
}

/// Units of a list's mark with the blank after it, 0 where there is none: "• ", "3. ", "(b) ".
size_t listMark(std::u16string_view text) {
    if (text.size() < 3) return 0;
    constexpr std::u16string_view kBullets =
        u"\u2022\u25AA\u25CF\u25E6\u2023\u00B7\u2013\u2043\uF0B7-*o";
    if (kBullets.find(text[0]) != std::u16string_view::npos) return isBlank(text[1]) ? 2 : 0;
    const bool open = text[0] == '(';
    size_t at = open ? 1 : 0;
    const size_t first = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - first < 3) ++at;
    if (at == first && ((text[at] >= 'a' && text[at] <= 'z'))) ++at;
    if (at == first || at + 1 >= text.size()) return 0;
    const bool closed = text[at] == ')' || (!open && text[at] == '.');
    return closed && isBlank(text[at + 1]) ? at + 2 : 0;
}

bool hasDigit(std::u16string_view text) {
    return std::any_of(text.begin(), text.end(), [](char16_t c) { return c >= '0' && c <= '9'; });
}

/// ". . . . 12", as in a table of contents.
bool hasLeader(std::u16string_view text) {
    return text.find(u". . .") != std::u16string_view::npos ||
           text.find(u".....") != std::u16string_view::npos;
}

/// One line of the text with the parts it was cut into.
struct Row {
    std::vector<Line> parts;
};

std::vector<Row> toRows(const std::vector<Line>& lines) {
    std::vector<Row> rows;
    uint32_t last = UINT32_MAX;
    for (const Line& line : lines) {
        if (rows.empty() || line.row != last) rows.emplace_back();
        rows.back().parts.push_back(line);
        last = line.row;
    }
    return rows;
}

/// Each part of one stands over or under its part of the other.
bool aligned(const Row& a, const Row& b) {
    if (a.parts.size() != b.parts.size()) return false;
    for (size_t i = 0; i < a.parts.size(); ++i) {
        const Line &x = a.parts[i], &y = b.parts[i];
        const float left = std::max(x.box.x, y.box.x), right = std::min(x.right(), y.right());
        if (right < left - x.em / 2) return false;
        // Not beyond the neighbour's beginning.
        if (i + 1 < a.parts.size() &&
            (x.right() > b.parts[i + 1].box.x || y.right() > a.parts[i + 1].box.x))
            return false;
    }
    return true;
}

/// How many rows from here on are cut at the same places.
size_t alignedRun(const std::vector<Row>& rows, size_t at) {
    size_t end = at + 1;
    while (end < rows.size() && aligned(rows[end - 1], rows[end]) && aligned(rows[at], rows[end]))
        ++end;
    return end - at;
}

/// Text in columns that came line by line across the page: both halves wide and filled.
bool isColumns(const std::vector<Row>& rows, size_t at, size_t count, float pageWidth) {
    if (rows[at].parts.size() != 2 || count < 4) return false;
    size_t full = 0;
    for (size_t i = at; i < at + count; ++i)
        if (rows[i].parts[0].box.width > 0.2F * pageWidth &&
            rows[i].parts[1].box.width > 0.2F * pageWidth)
            ++full;
    return full * 2 > count;
}

class BlockFinder {
public:
    BlockFinder(const RawPage& page, const Context& context) : m_page(page), m_context(context) {}

    std::vector<TextBlock> find(const std::vector<Line>& lines) {
        const std::vector<Row> rows = toRows(lines);
        for (size_t i = 0; i < rows.size();) {
            const size_t run = rows[i].parts.size() > 1 ? alignedRun(rows, i) : 1;
            if (isColumns(rows, i, run, m_page.width)) {
                for (size_t column = 0; column < 2; ++column) {
                    for (size_t j = i; j < i + run; ++j) addLine(rows[j].parts[column]);
                }
            } else if (run >= 2) {
                flush();
                for (size_t j = i; j < i + run; ++j) addTableRow(rows, j, i);
            } else {
                addWhole(rows[i]);
            }
            i += std::max<size_t>(run, 1);
        }
        flush();
        return std::move(m_blocks);
    }

private:
    std::u16string_view text(const Line& line) const { return part(m_page, line); }

    /// A line with gaps that nothing around it shares: one line after all.
    void addWhole(const Row& row) {
        Line whole = row.parts.front();
        for (const Line& next : row.parts) {
            whole.end = next.end;
            const float right = std::max(whole.right(), next.right());
            const float bottom = std::max(whole.bottom(), next.bottom());
            whole.box.x = std::min(whole.box.x, next.box.x);
            whole.box.y = std::min(whole.box.y, next.box.y);
            whole.box.width = right - whole.box.x;
            whole.box.height = bottom - whole.box.y;
        }
        addLine(whole);
    }

    void addTableRow(const std::vector<Row>& rows, size_t at, size_t first) {
        const Row& row = rows[at];
        TextBlock block;
        const bool header =
            at == first && std::none_of(row.parts.begin(), row.parts.end(),
                                        [&](const Line& cell) { return hasDigit(text(cell)); });
        block.kind = header ? BlockKind::TableHeader : BlockKind::TableRow;
        block.startsTable = at == first;
        for (const Line& cell : row.parts) {
            if (!block.text.empty()) block.text += '\t';
            append(block, cell, text(cell));
        }
        m_blocks.push_back(std::move(block));
    }

    void append(TextBlock& block, const Line& line, std::u16string_view content) const {
        const uint64_t begin = block.text.size();
        block.text += toText(content);
        if (block.text.size() > begin)
            block.pieces.push_back({{begin, block.text.size()},
                                    line.begin,
                                    line.begin + static_cast<uint32_t>(content.size()),
                                    line.box});
    }

    void addLine(const Line& line) {
        const int heading = headingLevel(line);
        if (m_lines.empty()) {
            m_level = heading;
        } else if (!continues(line, heading)) {
            flush();
            m_level = heading;
        }
        m_lines.push_back(line);
    }

    /// From the outline where the line is a title in it (or the title's beginning), else from its
    /// size.
    int headingLevel(const Line& line) const {
        const std::u16string_view content = text(line);
        if (content.size() > 200) return 0;
        const std::string key = titleKey(content);
        if (!key.empty()) {
            if (const auto found = m_context.outline.find(key); found != m_context.outline.end())
                return std::clamp(found->second, 1, 9);
            if (key.size() > 12)
                for (const auto& [title, level] : m_context.outline)
                    if (title.rfind(key, 0) == 0) return std::clamp(level, 1, 9);
        }
        if (m_context.bodyEm <= 0 || line.em <= 0 || key.size() < 2) return 0;
        const float ratio = line.em / m_context.bodyEm;
        return ratio > 1.75F ? 1 : ratio > 1.42F ? 2 : ratio > 1.18F ? 3 : 0;
    }

    bool continues(const Line& line, int heading) const {
        const Line& before = m_lines.back();
        const std::u16string_view content = text(line), previous = text(before);
        if (heading != m_level) {
            // The rest of a title in the outline does not stand there by itself.
            if (m_level == 0 || heading != 0 || !titleGoesOn(content)) return false;
        }
        if (m_level > 0 && m_lines.size() >= 4) return false;
        if (listMark(content) > 0) return false;
        if (before.box.width <= 0 || line.box.width <= 0) return !endsSentence(previous);
        const float em = std::max(before.em, line.em);
        if (std::abs(before.em - line.em) > 0.22F * em && m_level == 0 && content.size() > 3 &&
            previous.size() > 3)
            return false;
        const float pitch = line.base - before.base;
        // To the next column, or back up the page.
        if (pitch < 0.3F * em || pitch > 8 * em || line.box.x > before.right() + em)
            return !endsSentence(previous) && (isHyphen(previous.back()) || startsLow(content));
        if (pitch > (m_level > 0 ? 2.1F : 1.9F) * em) return false;
        if (m_level > 0) return true;
        if (m_lines.size() >= 2 && pitch > 1.25F * usualPitch() + 0.1F * em) return false;
        if (hasLeader(previous)) return false;
        const float left = left_();
        // The first line of a paragraph may be indented, and lines after a mark are.
        const bool item = listMark(text(m_lines.front())) > 0;
        if (!item && m_lines.size() >= 2 && line.box.x > left + 0.9F * em && endsSentence(previous))
            return false;
        if (!item && m_lines.size() == 1 && line.box.x > before.box.x + 0.9F * em &&
            endsSentence(previous))
            return false;
        if (item && line.box.x < m_lines.front().box.x - 0.5F * em) return false;
        // A line that ended early ended its paragraph.
        const float right = right_();
        const float shortBy = right - before.right();
        const bool early = shortBy > 0.25F * (right - left);
        if (early && (endsSentence(previous) || !startsLow(content))) return false;
        return true;
    }

    bool titleGoesOn(std::u16string_view content) const {
        std::string key;
        for (const Line& line : m_lines) key += titleKey(text(line));
        key += titleKey(content);
        return std::any_of(m_context.outline.begin(), m_context.outline.end(),
                           [&](const auto& title) { return title.first.rfind(key, 0) == 0; });
    }

    float left_() const {
        float left = m_lines.back().box.x;
        for (const Line& line : m_lines) left = std::min(left, line.box.x);
        return left;
    }
    /// Of the paragraph so far, or of what stood above it in the same column.
    float right_() const {
        float right = m_lastRight;
        const Line& now = m_lines.back();
        if (std::abs(m_lastLeft - left_()) > 4 * now.em) right = 0;
        for (const Line& line : m_lines) right = std::max(right, line.right());
        return right;
    }
    /// From line to line of the paragraph so far.
    float usualPitch() const {
        return (m_lines.back().base - m_lines.front().base) /
               static_cast<float>(m_lines.size() - 1);
    }

    void flush() {
        if (m_lines.empty()) return;
        TextBlock block;
        std::u16string_view first = text(m_lines.front());
        if (m_level > 0) {
            block.kind = BlockKind::Heading;
            block.level = m_level;
        } else if (listMark(first) > 0) {
            block.kind = BlockKind::ListItem;
            block.level = 1;
        }
        for (size_t i = 0; i < m_lines.size(); ++i) {
            std::u16string_view content = text(m_lines[i]);
            const bool last = i + 1 == m_lines.size();
            bool joins = false;
            if (!last && content.size() > 1 && isHyphen(content.back()) &&
                isLowLetter(content[content.size() - 2]) && startsLow(text(m_lines[i + 1]))) {
                joins = true;
                if (!isCompound(content, text(m_lines[i + 1]))) content.remove_suffix(1);
            }
            append(block, m_lines[i], content);
            if (!last && !joins) block.text += ' ';
        }
        for (const Line& line : m_lines) {
            m_lastRight = std::max(
                std::abs(m_lastLeft - line.box.x) < 4 * line.em ? m_lastRight : 0, line.right());
            m_lastLeft = line.box.x;
        }
        m_lines.clear();
        if (!block.pieces.empty()) m_blocks.push_back(std::move(block));
    }

    /// "well-" and "known": the document writes the word with its hyphen elsewhere.
    bool isCompound(std::u16string_view head, std::u16string_view tail) const {
        size_t begin = head.size();
        while (begin > 0 && !isBlank(head[begin - 1])) --begin;
        const size_t end = std::min(tail.find(u' '), tail.size());
        std::string key = toText(head.substr(begin)) + toText(tail.substr(0, end));
        while (!key.empty() && std::ispunct(static_cast<unsigned char>(key.back()))) key.pop_back();
        return m_context.hyphenated.count(key) != 0;
    }

    const RawPage& m_page;
    const Context& m_context;
    std::vector<Line> m_lines;  // of the block in work
    int m_level = 0;            // its level as a heading
    float m_lastRight = 0, m_lastLeft = 0;
    std::vector<TextBlock> m_blocks;
};

/// What two pages' running lines have in common: everything but the number.
std::u16string runningKey(const RawPage& page, const Line& line) {
    std::u16string key;
    for (const char16_t c : part(page, line)) {
        if (isBlank(c)) continue;
        const bool digit = c >= '0' && c <= '9';
        if (digit && !key.empty() && key.back() == '#') continue;
        key += digit ? u'#' : c;
    }
    // Roman numbers of a preface.
    if (!key.empty() && key.size() <= 6 && key.find_first_not_of(u"ivxlc") == std::u16string::npos)
        return u"#";
    return key;
}

std::vector<uint64_t> numbersIn(std::u16string_view text) {
    constexpr uint64_t kLarge = 1'000'000'000'000;
    std::vector<uint64_t> numbers;
    bool inside = false;
    for (const char16_t c : text) {
        const bool digit = c >= '0' && c <= '9';
        if (digit && !inside) numbers.push_back(0);
        if (digit) numbers.back() = std::min(numbers.back() * 10 + (c - u'0'), kLarge);
        inside = digit;
    }
    return numbers;
}

/// Whether the numbers of two lines that are alike but for them are those of pages: all the same,
/// but one that grows from page to page and is not larger than a page's number is. The numbers of
/// invoices, say, are what somebody will look for.
bool countsPages(std::u16string_view line, std::u16string_view other, int64_t distance,
                 size_t pagesInAll) {
    const std::vector<uint64_t> mine = numbersIn(line), others = numbersIn(other);
    if (mine.size() != others.size()) return true;  // Roman ones
    const uint64_t most = 2 * pagesInAll + 20;      // also in a part of a book
    const bool alone = std::none_of(line.begin(), line.end(), [](char16_t c) {
        return unicodeCategory(c) == UnicodeCategory::Letter;
    });
    for (size_t i = 0; i < mine.size(); ++i) {
        if (mine[i] == others[i]) continue;
        const auto step = static_cast<int64_t>(others[i]) - static_cast<int64_t>(mine[i]);
        if (step != distance || (mine[i] > most && !alone)) return false;
    }
    return true;
}

bool atEdge(const RawPage& page, const Line& line) {
    return line.box.width > 0 &&
           (line.bottom() < 0.12F * page.height || line.box.y > 0.88F * page.height);
}

}  // namespace

std::string toText(std::u16string_view text, std::vector<uint32_t>* from) {
    std::string out;
    bool blank = false;
    for (size_t at = 0; at < text.size();) {
        const Character character = characterAt(text, at);
        const auto unit = static_cast<uint32_t>(at);
        at += character.units;
        char32_t code = character.code;
        if (code == kJoined || code == kJoinedOld) code = '-';
        if (isUnicodeWhite(code)) {
            blank = true;
            continue;
        }
        // Marks of direction and hyphens that are not seen say nothing here.
        if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xAD ||
            (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
            code == 0xFEFF)
            continue;
        if (blank && !out.empty()) out += ' ';
        blank = false;
        appendSimple(out, code);
        if (from) from->resize(out.size(), unit);
    }
    return out;
}

std::string titleKey(std::u16string_view text) {
    std::string key;
    for (size_t at = 0; at < text.size() && key.size() < 400;) {
        const Character character = characterAt(text, at);
        at += character.units;
        const UnicodeCategory category = unicodeCategory(character.code);
        if (category == UnicodeCategory::Letter || category == UnicodeCategory::Number)
            appendSimple(key, unicodeLower(character.code));
    }
    return key;
}

std::vector<TextBlock> findBlocks(const RawPage& page, const std::vector<Line>& lines,
                                  const Context& context) {
    return BlockFinder(page, context).find(lines);
}

std::vector<Line> withoutRunning(const std::vector<const LinedPage*>& window, size_t page,
                                 size_t pagesInAll) {
    const LinedPage& own = *window[page];
    std::vector<Line> kept;
    for (const Line& line : own.lines) {
        if (!atEdge(own.raw, line)) {
            kept.push_back(line);
            continue;
        }
        const std::u16string key = runningKey(own.raw, line);
        size_t again = 0;
        for (size_t other = 0; other < window.size(); ++other) {
            if (other == page) continue;
            const LinedPage& there = *window[other];
            const auto distance = static_cast<int64_t>(other) - static_cast<int64_t>(page);
            again += std::any_of(there.lines.begin(), there.lines.end(), [&](const Line& like) {
                return atEdge(there.raw, like) && std::abs(like.box.y - line.box.y) < 6 &&
                       runningKey(there.raw, like) == key &&
                       countsPages(part(own.raw, line), part(there.raw, like), distance,
                                   pagesInAll);
            });
        }
        // Once is enough where there are only two pages, and for what has the page's number in it.
        const bool numbered = !key.empty() && (key.front() == '#' || key.back() == '#');
        const size_t needed = pagesInAll <= 2 || numbered ? 1 : 2;
        if (again < needed) kept.push_back(line);
    }
    // Short forms and slides that are all alike are not made of running lines alone.
    constexpr size_t kHeadAndFoot = 2;
    return kept.empty() && own.lines.size() > kHeadAndFoot ? own.lines : kept;
}

void collectHyphenated(const RawPage& page, std::set<std::string>& words) {
    constexpr size_t kMost = 20'000;
    const std::u16string_view text = page.text;
    for (size_t at = text.find(u'-'); at != std::u16string_view::npos;
         at = text.find(u'-', at + 1)) {
        size_t begin = at, end = at + 1;
        const auto isLetter = [](char16_t c) {
            return unicodeCategory(c) == UnicodeCategory::Letter;
        };
        while (begin > 0 && (isLetter(text[begin - 1]) || text[begin - 1] == '-')) --begin;
        while (end < text.size() && (isLetter(text[end]) || text[end] == '-')) ++end;
        if (begin == at || end == at + 1 || words.size() >= kMost) continue;
        words.insert(toText(text.substr(begin, end - begin)));
    }
}

}  // namespace alcove::rag::pdf
