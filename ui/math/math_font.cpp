#include "ui/math/math_font.h"

#include <QFile>
#include <algorithm>
#include <cstring>

namespace alcove::ui::math {

namespace {

// Counts in a damaged font may be anything up to 65,535; no glyph needs this many.
constexpr int kMostVariants = 32;
constexpr int kMostParts = 16;
constexpr int kMostContours = 200;
constexpr int kMostPoints = 4000;

struct OutlinePoint {
    QPointF at;
    bool onCurve;
};

/// One closed contour of TrueType: between two points off the curve lies one on it.
void addContour(QPainterPath& path, const OutlinePoint* points, int count) {
    if (count < 2) return;
    const auto at = [&](int i) -> const OutlinePoint& { return points[i % count]; };
    int first = 0;
    while (first < count && !at(first).onCurve) ++first;
    QPointF start;
    if (first == count) {
        first = 0;
        start = (at(0).at + at(count - 1).at) / 2;
        path.moveTo(start);
        --first;  // the loop below begins behind the start
    } else {
        start = at(first).at;
        path.moveTo(start);
    }
    for (int i = 1; i <= count; ++i) {
        const OutlinePoint& point = at(first + i);
        if (point.onCurve) {
            path.lineTo(point.at);
            continue;
        }
        const OutlinePoint& next = at(first + i + 1);
        const bool last = i == count;
        const QPointF end = last ? start : next.onCurve ? next.at : (point.at + next.at) / 2;
        path.quadTo(point.at, end);
        if (!last && next.onCurve) ++i;
    }
    path.closeSubpath();
}

}  // namespace

const MathFont& MathFont::ours() {
    // Read once and never changed; a picture needs it wherever it is painted.
    static const MathFont font = [] {
        QFile file(QStringLiteral(":/alcove/fonts/AlcoveMath.ttf"));
        const bool opened = file.open(QIODevice::ReadOnly);
        auto made = opened ? read(file.readAll()) : std::nullopt;
        return made ? *std::move(made) : MathFont();
    }();
    return font;
}

std::optional<MathFont> MathFont::read(QByteArray file) {
    MathFont font;
    font.m_file = std::move(file);
    const Table head = font.table("head"), maximum = font.table("maxp"),
                across = font.table("hhea");
    font.m_metrics = font.table("hmtx");
    font.m_places = font.table("loca");
    font.m_outlines = font.table("glyf");
    if (head.size < 54 || maximum.size < 6 || across.size < 36 || font.table("MATH").size < 10)
        return std::nullopt;
    font.m_unitsPerEm = font.u16(head.offset + 18);
    font.m_longOffsets = font.s16(head.offset + 50) == 1;
    font.m_glyphCount = font.u16(maximum.offset + 4);
    font.m_metricCount = font.u16(across.offset + 34);
    const size_t glyphs = static_cast<size_t>(font.m_glyphCount);
    const bool room = font.m_metrics.size >= 4 * static_cast<size_t>(font.m_metricCount) &&
                      font.m_places.size >= (glyphs + 1) * (font.m_longOffsets ? 4 : 2);
    if (font.m_unitsPerEm < 16 || glyphs == 0 || font.m_metricCount == 0 || !room)
        return std::nullopt;
    if (!font.findCharacters()) return std::nullopt;
    font.readMath();
    return font;
}

bool MathFont::has(size_t offset, size_t size) const {
    const size_t whole = static_cast<size_t>(m_file.size());
    return offset <= whole && size <= whole - offset;
}

int MathFont::u8(size_t offset) const {
    return has(offset, 1) ? static_cast<uint8_t>(m_file.at(static_cast<qsizetype>(offset))) : 0;
}

int MathFont::u16(size_t offset) const { return u8(offset) << 8 | u8(offset + 1); }
int MathFont::s16(size_t offset) const { return static_cast<int16_t>(u16(offset)); }
uint32_t MathFont::u32(size_t offset) const {
    return static_cast<uint32_t>(u16(offset)) << 16 | static_cast<uint32_t>(u16(offset + 2));
}

MathFont::Table MathFont::table(const char* tag) const {
    const int count = u16(4);
    for (int i = 0; i < count; ++i) {
        const size_t record = 12 + 16 * static_cast<size_t>(i);
        if (!has(record, 16)) break;
        if (std::memcmp(m_file.constData() + record, tag, 4) != 0) continue;
        const Table found{u32(record + 8), u32(record + 12)};
        return has(found.offset, found.size) ? found : Table();
    }
    return {};
}

bool MathFont::findCharacters() {
    const Table map = table("cmap");
    if (map.size < 4) return false;
    const int count = u16(map.offset + 2);
    for (int i = 0; i < count && m_characters == 0; ++i) {
        const size_t record = map.offset + 4 + 8 * static_cast<size_t>(i);
        if (!has(record, 8)) break;
        const size_t sub = map.offset + u32(record + 4);
        if (u16(sub) == 12 && has(sub, 16)) m_characters = sub;
    }
    return m_characters != 0;
}

void MathFont::readMath() {
    const size_t math = table("MATH").offset;
    const auto within = [&](size_t base, size_t field) {
        const int offset = u16(base + field);
        return offset ? base + static_cast<size_t>(offset) : 0;
    };
    if (const size_t constants = within(math, 4)) {
        m_scriptPercent = s16(constants);
        m_scriptScriptPercent = s16(constants + 2);
        m_displayOperatorMinHeight = u16(constants + 6);
        for (size_t i = 0; i < m_constants.size(); ++i) m_constants[i] = s16(constants + 8 + 4 * i);
        m_degreeRaisePercent = s16(constants + 8 + 4 * m_constants.size());
    }
    if (const size_t info = within(math, 6)) {
        m_italics = within(info, 0);
        m_accents = within(info, 2);
    }
    m_variants = within(math, 8);
}

GlyphId MathFont::glyph(char32_t character) const {
    uint32_t low = 0, high = u32(m_characters + 12);
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const size_t group = m_characters + 16 + 12 * static_cast<size_t>(middle);
        if (!has(group, 12)) {
            high = middle;
        } else if (character < u32(group)) {
            high = middle;
        } else if (character > u32(group + 4)) {
            low = middle + 1;
        } else {
            const uint32_t found = u32(group + 8) + (character - u32(group));
            return found < static_cast<uint32_t>(m_glyphCount) ? static_cast<GlyphId>(found) : 0;
        }
    }
    return 0;
}

int MathFont::advance(GlyphId glyph) const {
    const int record = std::min<int>(glyph, m_metricCount - 1);
    return record < 0 ? 0 : u16(m_metrics.offset + 4 * static_cast<size_t>(record));
}

MathFont::Table MathFont::glyphData(GlyphId glyph) const {
    if (glyph >= m_glyphCount) return {};
    const size_t index = glyph;
    const size_t begin = m_longOffsets ? u32(m_places.offset + 4 * index)
                                       : 2 * static_cast<size_t>(u16(m_places.offset + 2 * index));
    const size_t end = m_longOffsets
                           ? u32(m_places.offset + 4 * (index + 1))
                           : 2 * static_cast<size_t>(u16(m_places.offset + 2 * index + 2));
    if (begin >= end || end > m_outlines.size || end - begin < 10) return {};
    return {m_outlines.offset + begin, end - begin};
}

GlyphBounds MathFont::bounds(GlyphId glyph) const {
    const Table data = glyphData(glyph);
    if (data.size == 0) return {};
    return {s16(data.offset + 2), s16(data.offset + 4), s16(data.offset + 6), s16(data.offset + 8)};
}

int MathFont::covered(size_t coverage, GlyphId glyph) const {
    const bool ranges = u16(coverage) == 2;
    int low = 0, high = u16(coverage + 2);
    while (low < high) {
        const int middle = (low + high) / 2;
        const size_t entry = coverage + 4 + (ranges ? 6u : 2u) * static_cast<size_t>(middle);
        const int first = u16(entry), last = ranges ? u16(entry + 2) : first;
        if (glyph < first)
            high = middle;
        else if (glyph > last)
            low = middle + 1;
        else
            return ranges ? u16(entry + 4) + (glyph - first) : middle;
    }
    return -1;
}

int MathFont::italicCorrection(GlyphId glyph) const {
    if (!m_italics) return 0;
    const int index = covered(m_italics + static_cast<size_t>(u16(m_italics)), glyph);
    if (index < 0 || index >= u16(m_italics + 2)) return 0;
    return s16(m_italics + 4 + 4 * static_cast<size_t>(index));
}

std::optional<int> MathFont::topAccent(GlyphId glyph) const {
    if (!m_accents) return std::nullopt;
    const int index = covered(m_accents + static_cast<size_t>(u16(m_accents)), glyph);
    if (index < 0 || index >= u16(m_accents + 2)) return std::nullopt;
    return s16(m_accents + 4 + 4 * static_cast<size_t>(index));
}

int MathFont::minConnectorOverlap() const { return m_variants ? u16(m_variants) : 0; }

size_t MathFont::construction(GlyphId glyph, bool vertical) const {
    if (!m_variants) return 0;
    const int coverage = u16(m_variants + (vertical ? 2 : 4));
    if (coverage == 0) return 0;
    const int index = covered(m_variants + static_cast<size_t>(coverage), glyph);
    const int count = u16(m_variants + (vertical ? 6 : 8));
    if (index < 0 || index >= count) return 0;
    const int place = vertical ? index : u16(m_variants + 6) + index;
    const int offset = u16(m_variants + 10 + 2 * static_cast<size_t>(place));
    return offset ? m_variants + static_cast<size_t>(offset) : 0;
}

std::vector<Variant> MathFont::variants(GlyphId glyph, bool vertical) const {
    std::vector<Variant> found;
    const size_t made = construction(glyph, vertical);
    const int count = made ? std::min(u16(made + 2), kMostVariants) : 0;
    for (int i = 0; i < count; ++i) {
        const size_t record = made + 4 + 4 * static_cast<size_t>(i);
        found.push_back({static_cast<GlyphId>(u16(record)), u16(record + 2)});
    }
    return found;
}

std::vector<Part> MathFont::parts(GlyphId glyph, bool vertical) const {
    std::vector<Part> found;
    const size_t made = construction(glyph, vertical);
    const int offset = made ? u16(made) : 0;
    if (offset == 0) return found;
    const size_t assembly = made + static_cast<size_t>(offset);
    const int count = std::min(u16(assembly + 4), kMostParts);
    for (int i = 0; i < count; ++i) {
        const size_t record = assembly + 6 + 10 * static_cast<size_t>(i);
        found.push_back({static_cast<GlyphId>(u16(record)), u16(record + 2), u16(record + 4),
                         u16(record + 6), (u16(record + 8) & 1) != 0});
    }
    return found;
}

void MathFont::addOutline(QPainterPath& path, GlyphId glyph, QPointF scale, QPointF origin) const {
    const Table data = glyphData(glyph);
    const int contours = data.size ? s16(data.offset) : 0;
    if (contours <= 0 || contours > kMostContours) return;
    const size_t ends = data.offset + 10;
    const int count = u16(ends + 2 * static_cast<size_t>(contours) - 2) + 1;
    if (count > kMostPoints) return;
    const size_t instructions = ends + 2 * static_cast<size_t>(contours);
    size_t at = instructions + 2 + static_cast<size_t>(u16(instructions));

    std::vector<int> flags;
    while (static_cast<int>(flags.size()) < count) {
        const int flag = u8(at++);
        const int repeats = flag & 8 ? u8(at++) : 0;
        flags.insert(flags.end(), static_cast<size_t>(repeats) + 1, flag);
    }
    std::vector<OutlinePoint> points(static_cast<size_t>(count));
    const auto readAxis = [&](int shortBit, int sameBit, bool across) {
        int value = 0;
        for (int i = 0; i < count; ++i) {
            const int flag = flags[static_cast<size_t>(i)];
            if (flag & shortBit) {
                value += flag & sameBit ? u8(at) : -u8(at);
                ++at;
            } else if (!(flag & sameBit)) {
                value += s16(at);
                at += 2;
            }
            OutlinePoint& point = points[static_cast<size_t>(i)];
            point.onCurve = flag & 1;
            if (across)
                point.at.setX(origin.x() + value * scale.x());
            else
                point.at.setY(origin.y() - value * scale.y());
        }
    };
    readAxis(2, 16, true);
    readAxis(4, 32, false);
    int begin = 0;
    for (int i = 0; i < contours; ++i) {
        const int end = u16(ends + 2 * static_cast<size_t>(i)) + 1;
        if (end > count || end < begin) return;
        addContour(path, points.data() + begin, end - begin);
        begin = end;
    }
}

}  // namespace alcove::ui::math
