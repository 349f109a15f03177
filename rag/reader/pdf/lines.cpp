// Lines with places: boxes are grouped, groups are aligned with the lines of the text, wide gaps
// cut lines into parts.
#include <algorithm>
#include <cmath>
#include <limits>

#include "rag/reader/pdf/layout.h"

namespace alcove::rag::pdf {
namespace {

bool isBlank(char16_t c) {
    return (c <= ' ' && c != kJoinedOld) || c == 0xA0 || (c >= 0x2000 && c <= 0x200B);
}
bool isLow(char16_t c) { return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0x24F && c != 0xF7); }

struct TextLine {
    uint32_t begin, end;
    uint32_t visible;  // letters that have a box
};

/// Consecutive boxes of one line.
struct Group {
    uint32_t begin, end;
    Box box;
};

void include(Box& into, const Box& box) {
    const float right = std::max(into.x + into.width, box.x + box.width);
    const float bottom = std::max(into.y + into.height, box.y + box.height);
    into.x = std::min(into.x, box.x);
    into.y = std::min(into.y, box.y);
    into.width = right - into.x;
    into.height = bottom - into.y;
}

uint32_t visibleIn(const std::u16string& text, uint32_t begin, uint32_t end) {
    return static_cast<uint32_t>(std::count_if(text.begin() + begin, text.begin() + end,
                                               [](char16_t c) { return !isBlank(c); }));
}

void addLine(const std::u16string& text, uint32_t begin, uint32_t end, std::vector<TextLine>& out) {
    while (begin < end && isBlank(text[begin])) ++begin;
    while (end > begin && isBlank(text[end - 1])) --end;
    if (begin < end) out.push_back({begin, end, visibleIn(text, begin, end)});
}

std::vector<TextLine> splitText(const std::u16string& text, bool atHyphens) {
    std::vector<TextLine> lines;
    uint32_t begin = 0;
    for (uint32_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' || text[i] == '\r') {
            addLine(text, begin, i, lines);
            begin = i + 1;
            continue;
        }
        // Where a line ends with a hyphen PDFium joins the next one: with a mark instead of the
        // hyphen, or, where a blank was drawn, as if nothing were.
        if (text[i] == kJoined || text[i] == kJoinedOld) {
            addLine(text, begin, i + 1, lines);
            begin = i + 1;
            continue;
        }
        const bool hyphen = text[i] == '-' || text[i] == 0x2010 || text[i] == 0xAD;
        if (atHyphens && hyphen && i > begin && i + 2 < text.size() && isLow(text[i - 1]) &&
            text[i + 1] == ' ' && isLow(text[i + 2])) {
            addLine(text, begin, i + 1, lines);
            begin = i + 2;
        }
    }
    addLine(text, begin, static_cast<uint32_t>(text.size()), lines);
    return lines;
}

bool sameLine(const Box& group, const Box& last, const Box& box) {
    const float middle = box.y + box.height / 2;
    const float groupMiddle = group.y + group.height / 2;
    const bool overlaps =
        (middle > group.y - 0.15F * group.height && middle < group.y + 1.15F * group.height) ||
        (groupMiddle > box.y && groupMiddle < box.y + box.height);
    // Backwards by more than a few letters: a column's next line at the same height.
    const float size = std::max(group.height, box.height);
    return overlaps && box.x > last.x - 4 * size;
}

std::vector<Group> groupBoxes(const std::vector<Box>& boxes) {
    std::vector<Group> groups;
    for (uint32_t i = 0; i < boxes.size(); ++i) {
        if (!groups.empty() && sameLine(groups.back().box, boxes[i - 1], boxes[i])) {
            groups.back().end = i + 1;
            include(groups.back().box, boxes[i]);
        } else {
            groups.push_back({i, i + 1, boxes[i]});
        }
    }
    return groups;
}

/// How little it suits that a text of so many letters stands in boxes so wide, of so many letters'
/// usual width.
float misfit(float width, float letters, float usual) {
    return std::abs(std::log((width + usual) / ((letters + 1) * usual)));
}

/// The cheapest way to give each line its groups: one to one, several groups to a line, a group to
/// several lines, or nothing. Returns for each line the range of its groups.
std::vector<std::pair<uint32_t, uint32_t>> align(const std::vector<TextLine>& lines,
                                                 const std::vector<Group>& groups) {
    const size_t n = lines.size(), m = groups.size();
    std::vector<std::pair<uint32_t, uint32_t>> found(n, {0, 0});
    constexpr size_t kMostCells = 4'000'000;
    if (m == 0 || n == 0 || n * m > kMostCells) return found;
    float width = 0, letters = 0;
    for (const Group& group : groups) width += group.box.width;
    for (const TextLine& line : lines) letters += static_cast<float>(line.visible);
    const float usual = std::max(width / std::max(letters, 1.0F), 0.5F);

    struct Cell {
        float cost = std::numeric_limits<float>::infinity();
        uint8_t lines = 0, groups = 0;  // of the last step
    };
    std::vector<Cell> cells((n + 1) * (m + 1));
    const auto at = [&](size_t i, size_t j) -> Cell& { return cells[i * (m + 1) + j]; };
    at(0, 0).cost = 0;
    for (size_t i = 0; i <= n; ++i) {
        for (size_t j = 0; j <= m; ++j) {
            const float here = at(i, j).cost;
            if (!std::isfinite(here)) continue;
            const auto step = [&](size_t k, size_t l, float cost) {
                if (i + k > n || j + l > m) return;
                Cell& cell = at(i + k, j + l);
                if (here + cost >= cell.cost) return;
                cell = {here + cost, static_cast<uint8_t>(k), static_cast<uint8_t>(l)};
            };
            if (i < n && j < m)
                step(1, 1,
                     misfit(groups[j].box.width, static_cast<float>(lines[i].visible), usual));
            step(1, 0, 3);
            step(0, 1, 3);
            float sum = j < m ? groups[j].box.width : 0;
            for (size_t l = 2; l <= 6 && i < n && j + l <= m; ++l) {
                sum += groups[j + l - 1].box.width;
                step(1, l,
                     misfit(sum, static_cast<float>(lines[i].visible), usual) +
                         0.3F * static_cast<float>(l - 1));
            }
            float several = i < n ? static_cast<float>(lines[i].visible) : 0;
            for (size_t k = 2; k <= 4 && j < m && i + k <= n; ++k) {
                several += static_cast<float>(lines[i + k - 1].visible);
                step(
                    k, 1,
                    misfit(groups[j].box.width, several, usual) + 0.5F * static_cast<float>(k - 1));
            }
        }
    }
    for (size_t i = n, j = m; i > 0 || j > 0;) {
        const Cell& cell = at(i, j);
        if (cell.lines == 0 && cell.groups == 0) break;
        i -= cell.lines;
        j -= cell.groups;
        for (size_t k = 0; k < cell.lines && cell.groups > 0; ++k)
            found[i + k] = {static_cast<uint32_t>(j), static_cast<uint32_t>(j + cell.groups)};
    }
    return found;
}

/// The size of the letters and where they stand, from how high and deep their boxes reach: "aceno"
/// is half an em, capitals seven tenths, what goes below the line two tenths more.
struct Letters {
    float em, base;
};
Letters lettersOf(const std::u16string& text, uint32_t begin, uint32_t end, const Box& box) {
    bool tall = false, deep = false;
    for (uint32_t i = begin; i < end; ++i) {
        const char16_t c = text[i];
        if (std::u16string_view(u"gjpqy,;()[]{}|Q@").find(c) != std::u16string_view::npos)
            deep = true;
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c > 0x7F ||
            std::u16string_view(u"bdfhklti()[]{}|?!/").find(c) != std::u16string_view::npos)
            tall = true;
    }
    const float em = box.height / ((tall ? 0.72F : 0.5F) + (deep ? 0.2F : 0.0F));
    return {em, box.y + box.height - (deep ? 0.2F * em : 0)};
}

/// Cuts a line where its boxes leave a gap. The blank to cut at is the one that has as many letters
/// before it as the boxes before the gap can hold.
void addParts(const RawPage& page, const TextLine& line, uint32_t first, uint32_t last,
              uint32_t row, std::vector<Line>& out) {
    const std::vector<Box>& boxes = page.boxes;
    Box whole = boxes[first];
    float ink = 0;
    for (uint32_t i = first; i < last; ++i) {
        include(whole, boxes[i]);
        ink += boxes[i].width;
    }
    const auto [em, base] = lettersOf(page.text, line.begin, line.end, whole);
    const bool exact = last - first == line.visible;
    uint32_t begin = line.begin, from = first;
    uint32_t seen = 0;  // letters before `scan`
    uint32_t scan = line.begin;
    float inkBefore = 0;
    const float size = em, stand = base;  // a lambda takes no structured binding
    const auto finish = [&](uint32_t end, uint32_t until) {
        Box box = boxes[from];
        for (uint32_t i = from; i < until; ++i) include(box, boxes[i]);
        uint32_t stop = end;
        while (stop > begin && isBlank(page.text[stop - 1])) --stop;
        if (stop > begin) out.push_back({begin, stop, box, size, stand, row});
    };
    for (uint32_t i = first; i + 1 < last; ++i) {
        inkBefore += boxes[i].width;
        const float gap = boxes[i + 1].x - (boxes[i].x + boxes[i].width);
        if (gap < 1.6F * em) continue;
        const float expected =
            exact ? static_cast<float>(i + 1 - first)
                  : static_cast<float>(line.visible) * inkBefore / std::max(ink, 1.0F);
        const float tolerance = exact ? 0.5F : std::max(4.0F, 0.2F * expected);
        uint32_t best = 0;
        float bestDistance = tolerance;
        uint32_t letters = seen;
        for (uint32_t at = scan; at < line.end; ++at) {
            if (!isBlank(page.text[at])) {
                ++letters;
                continue;
            }
            const float distance = std::abs(static_cast<float>(letters) - expected);
            if (at > begin && distance <= bestDistance) {
                bestDistance = distance;
                best = at;
            }
        }
        if (best == 0) continue;
        finish(best, i + 1);
        while (scan < best) seen += isBlank(page.text[scan++]) ? 0 : 1;
        begin = best;
        while (begin < line.end && isBlank(page.text[begin])) ++begin;
        from = i + 1;
    }
    finish(line.end, last);
}

}  // namespace

std::vector<Line> findLines(const RawPage& page) {
    const std::vector<Group> groups = groupBoxes(page.boxes);
    std::vector<TextLine> lines = splitText(page.text, true);
    if (lines.size() != groups.size()) {
        // Perhaps those hyphens stood in the middle of their lines.
        std::vector<TextLine> joined = splitText(page.text, false);
        if (joined.size() == groups.size()) lines = std::move(joined);
    }
    std::vector<std::pair<uint32_t, uint32_t>> places;
    if (lines.size() == groups.size())
        for (uint32_t i = 0; i < lines.size(); ++i) places.emplace_back(i, i + 1);
    else
        places = align(lines, groups);
    std::vector<Line> out;
    for (uint32_t i = 0; i < lines.size(); ++i) {
        const auto [first, last] = places[i];
        if (first == last) {
            out.push_back({lines[i].begin, lines[i].end, {}, 0, 0, i});
            continue;
        }
        // Several lines share a group: each gets the box of all.
        const bool shared = (i > 0 && places[i - 1] == places[i]) ||
                            (i + 1 < lines.size() && places[i + 1] == places[i]);
        if (shared) {
            const Box& box = groups[first].box;
            const auto [em, base] = lettersOf(page.text, lines[i].begin, lines[i].end, box);
            out.push_back({lines[i].begin, lines[i].end, box, em, base, i});
            continue;
        }
        addParts(page, lines[i], groups[first].begin, groups[last - 1].end, i, out);
    }
    return out;
}

float commonEm(const std::vector<const LinedPage*>& pages) {
    std::map<int, size_t> letters;  // by half points
    for (const LinedPage* page : pages)
        for (const Line& line : page->lines)
            if (line.em > 0)
                letters[static_cast<int>(std::lround(std::min(line.em, 1000.0F) * 2))] +=
                    line.end - line.begin;
    size_t most = 0;
    int common = 0;
    for (const auto& [em, count] : letters) {
        // Sizes are guessed: neighbours count, too.
        size_t around = count;
        for (const int near : {em - 1, em + 1})
            if (const auto found = letters.find(near); found != letters.end())
                around += found->second / 2;
        if (around > most) {
            most = around;
            common = em;
        }
    }
    return static_cast<float>(common) / 2;
}

}  // namespace alcove::rag::pdf
