// Glyphs that grow: one of the font's sizes where there is one, else put together from parts.
#include <algorithm>
#include <cmath>

#include "ui/math/layout.h"

namespace alcove::ui::math {

namespace {

// A hostile formula may ask for any length; beyond this the parts of a delimiter stand apart.
constexpr int kMostRepeats = 200;
// The TeXbook's \delimiterfactor and \delimitershortfall: how much a delimiter must cover.
constexpr double kDelimiterShare = 0.901;
constexpr double kDelimiterShortfall = 0.5;  // em

}  // namespace

Box Layout::glyphBox(GlyphId glyph, Setting setting, Mark::What what) {
    const GlyphBounds bounds = m_font.bounds(glyph);
    Mark mark;
    mark.what = what;
    mark.glyph = glyph;
    mark.size = em(setting);
    Box box;
    box.width = units(m_font.advance(glyph), setting);
    box.ascent = units(bounds.top, setting);
    box.descent = units(-bounds.bottom, setting);
    box.italic = units(m_font.italicCorrection(glyph), setting);
    box.single = glyph;
    box.marks.push_back(std::move(mark));
    return box;
}

double Layout::delimiterHeight(const Box& inside, Setting setting) const {
    const double half = std::max(inside.ascent - axis(setting), inside.descent + axis(setting));
    return std::max(2 * half * kDelimiterShare, 2 * half - kDelimiterShortfall * m_size);
}

Box Layout::stretchedGlyph(GlyphId glyph, double length, Setting setting, bool vertical,
                           bool atMost) {
    const std::vector<Variant> sizes = m_font.variants(glyph, vertical);
    const auto lengthOf = [&](GlyphId which) {
        const GlyphBounds b = m_font.bounds(which);
        return units(vertical ? b.top - b.bottom : b.right - b.left, setting);
    };
    GlyphId best = glyph;
    double bestLength = lengthOf(glyph);
    for (const Variant& size : sizes) {
        const double next = lengthOf(size.glyph);
        if (atMost ? next > length : bestLength >= length) break;
        if (next < bestLength) continue;
        best = size.glyph;
        bestLength = next;
    }
    if (!atMost && bestLength < length) {
        const std::vector<Part> parts = m_font.parts(glyph, vertical);
        if (!parts.empty()) return assembled(parts, length, setting, vertical);
    }
    return glyphBox(best, setting, Mark::What::Stretch);
}

void Layout::placePart(Box& box, GlyphId glyph, double begin, double end, Setting setting,
                       bool vertical) {
    const GlyphBounds bounds = m_font.bounds(glyph);
    const int natural = vertical ? bounds.top - bounds.bottom : bounds.right - bounds.left;
    if (natural <= 0) return;
    const double stretch = (end - begin) / units(natural, setting);
    Box drawn = glyphBox(glyph, setting, Mark::What::Stretch);
    if (vertical) {
        drawn.marks.front().stretchY = stretch;
        drawn.ascent = units(bounds.top, setting) * stretch;
        drawn.descent = -units(bounds.bottom, setting) * stretch;
        box.width = std::max(box.width, drawn.width);
        const double below = drawn.descent;
        box.place(std::move(drawn), 0, -(begin + below));
    } else {
        drawn.marks.front().stretchX = stretch;
        box.place(std::move(drawn), begin - units(bounds.left, setting) * stretch, 0);
    }
}

Box Layout::assembled(const std::vector<Part>& parts, double length, Setting setting,
                      bool vertical) {
    const double overlap = units(m_font.minConnectorOverlap(), setting);
    const auto expand = [&](int repeats) {
        std::vector<const Part*> chain;
        for (const Part& part : parts)
            chain.insert(chain.end(), part.repeated ? static_cast<size_t>(repeats) : 1u, &part);
        return chain;
    };
    const auto longest = [&](const std::vector<const Part*>& chain) {
        double sum = 0;
        for (const Part* part : chain) sum += units(part->length, setting);
        return chain.empty() ? 0 : sum - overlap * static_cast<double>(chain.size() - 1);
    };
    const double fixed = longest(expand(0)), step = longest(expand(1)) - fixed;
    int repeats = 1;
    if (step > 0)
        repeats = static_cast<int>(
            std::clamp(std::ceil((length - fixed) / step), 0.0, static_cast<double>(kMostRepeats)));
    std::vector<const Part*> chain = expand(repeats);
    if (chain.empty()) chain = expand(1);
    const double joints = static_cast<double>(std::max<size_t>(chain.size(), 2) - 1);
    double shared = std::max(0.0, (longest(chain) - length) / joints);

    // Where each part would lie, overlapping the one before.
    std::vector<std::pair<double, double>> places;
    double at = 0;  // along the direction of growth, from below or from the left
    for (size_t i = 0; i < chain.size(); ++i) {
        if (i > 0) {
            const int connector = std::min(chain[i - 1]->endConnector, chain[i]->startConnector);
            at -= std::max(overlap, std::min(overlap + shared, units(connector, setting)));
        }
        const double begin = at;
        at += units(chain[i]->length, setting);
        places.emplace_back(begin, at);
    }
    // Two layers of anti-aliased edges are darker than one. So a run of one part is drawn once, as
    // long as the run, from the end of the part before it to the beginning of the one behind.
    Box box;
    for (size_t i = 0; i < chain.size();) {
        size_t behind = i + 1;
        while (chain[i]->repeated && behind < chain.size() && chain[behind] == chain[i]) ++behind;
        double begin = places[i].first, end = places[behind - 1].second;
        if (chain[i]->repeated && i > 0) begin = places[i - 1].second;
        if (chain[i]->repeated && behind < chain.size()) end = places[behind].first;
        if (end > begin) placePart(box, chain[i]->glyph, begin, end, setting, vertical);
        i = behind;
    }
    if (vertical)
        box.ascent = at;
    else
        box.width = at;
    return box;
}

Box Layout::delimiter(char32_t character, double height, Setting setting) {
    Box box;
    if (character == 0) {
        box.width = 0.12 * em(setting);
        return box;
    }
    const GlyphId glyph = m_font.glyph(character);
    Box drawn = glyph ? stretchedGlyph(glyph, height, setting, true, false)
                      : text(QString::fromUcs4(&character, 1), setting, nullptr);
    const double down = (drawn.ascent - drawn.descent) / 2 - axis(setting);
    box.width = drawn.width;
    box.ascent = -down;  // not zero: place only raises it
    box.descent = down;
    box.place(std::move(drawn), 0, down);
    return box;
}

Box Layout::stretched(char32_t character, double width, Setting setting, bool atMost) {
    const GlyphId glyph = m_font.glyph(character);
    if (!glyph) return text(QString::fromUcs4(&character, 1), setting, nullptr);
    Box drawn = stretchedGlyph(glyph, width, setting, false, atMost);
    if (drawn.single == 0) return drawn;
    // Accents have no advance: what counts is where their ink is.
    const GlyphBounds bounds = m_font.bounds(drawn.single);
    Box box;
    box.width = units(bounds.right - bounds.left, setting);
    box.ascent = drawn.ascent;
    box.descent = drawn.descent;
    box.place(std::move(drawn), -units(bounds.left, setting), 0);
    return box;
}

}  // namespace alcove::ui::math
