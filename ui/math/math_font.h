// An OpenType font with a MATH table, read where it lies: metrics, sizes and parts of what
// stretches, outlines. Each read is checked; beyond the end of a damaged font there is nothing but
// zeros.
//
// Only what formulas need of the format: cmap 12, outlines of TrueType without components, which
// is what resources/fonts/math/make_math_font writes. Immutable, so threads share it.
#pragma once

#include <QByteArray>
#include <QPainterPath>
#include <array>
#include <optional>
#include <vector>

namespace alcove::ui::math {

using GlyphId = uint16_t;

/// In the order of the MATH table, all in units of the font.
enum class Constant : uint8_t {
    MathLeading,
    AxisHeight,
    AccentBaseHeight,
    FlattenedAccentBaseHeight,
    SubscriptShiftDown,
    SubscriptTopMax,
    SubscriptBaselineDropMin,
    SuperscriptShiftUp,
    SuperscriptShiftUpCramped,
    SuperscriptBottomMin,
    SuperscriptBaselineDropMax,
    SubSuperscriptGapMin,
    SuperscriptBottomMaxWithSubscript,
    SpaceAfterScript,
    UpperLimitGapMin,
    UpperLimitBaselineRiseMin,
    LowerLimitGapMin,
    LowerLimitBaselineDropMin,
    StackTopShiftUp,
    StackTopDisplayStyleShiftUp,
    StackBottomShiftDown,
    StackBottomDisplayStyleShiftDown,
    StackGapMin,
    StackDisplayStyleGapMin,
    StretchStackTopShiftUp,
    StretchStackBottomShiftDown,
    StretchStackGapAboveMin,
    StretchStackGapBelowMin,
    FractionNumeratorShiftUp,
    FractionNumeratorDisplayStyleShiftUp,
    FractionDenominatorShiftDown,
    FractionDenominatorDisplayStyleShiftDown,
    FractionNumeratorGapMin,
    FractionNumDisplayStyleGapMin,
    FractionRuleThickness,
    FractionDenominatorGapMin,
    FractionDenomDisplayStyleGapMin,
    SkewedFractionHorizontalGap,
    SkewedFractionVerticalGap,
    OverbarVerticalGap,
    OverbarRuleThickness,
    OverbarExtraAscender,
    UnderbarVerticalGap,
    UnderbarRuleThickness,
    UnderbarExtraDescender,
    RadicalVerticalGap,
    RadicalDisplayStyleVerticalGap,
    RadicalRuleThickness,
    RadicalExtraAscender,
    RadicalKernBeforeDegree,
    RadicalKernAfterDegree,
    Count
};

struct GlyphBounds {
    int left = 0, bottom = 0, right = 0, top = 0;
};

struct Variant {
    GlyphId glyph;
    int length;  // along the direction of growth
};

struct Part {
    GlyphId glyph;
    int startConnector, endConnector, length;
    bool repeated;
};

class MathFont {
public:
    /// The program's own, read at the first use.
    static const MathFont& ours();
    /// Nothing: tables are missing or too short.
    static std::optional<MathFont> read(QByteArray file);

    int unitsPerEm() const { return m_unitsPerEm; }
    int glyphCount() const { return m_glyphCount; }
    int constant(Constant which) const { return m_constants[static_cast<size_t>(which)]; }
    int scriptPercent() const { return m_scriptPercent; }
    int scriptScriptPercent() const { return m_scriptScriptPercent; }
    int displayOperatorMinHeight() const { return m_displayOperatorMinHeight; }
    int degreeRaisePercent() const { return m_degreeRaisePercent; }
    int minConnectorOverlap() const;

    /// 0: the font has no such character.
    GlyphId glyph(char32_t character) const;
    int advance(GlyphId glyph) const;
    GlyphBounds bounds(GlyphId glyph) const;
    int italicCorrection(GlyphId glyph) const;
    /// Where an accent's middle belongs.
    std::optional<int> topAccent(GlyphId glyph) const;
    /// From the smallest on.
    std::vector<Variant> variants(GlyphId glyph, bool vertical) const;
    /// From the left, or from below; empty: it cannot be put together.
    std::vector<Part> parts(GlyphId glyph, bool vertical) const;
    /// Adds the outline with its origin at `origin`; `scale` across and down.
    void addOutline(QPainterPath& path, GlyphId glyph, QPointF scale, QPointF origin) const;

private:
    struct Table {
        size_t offset = 0, size = 0;
    };

    bool has(size_t offset, size_t size) const;
    int u8(size_t offset) const;
    int u16(size_t offset) const;
    int s16(size_t offset) const;
    uint32_t u32(size_t offset) const;
    Table table(const char* tag) const;
    bool findCharacters();
    void readMath();
    Table glyphData(GlyphId glyph) const;
    /// −1: not covered.
    int covered(size_t coverage, GlyphId glyph) const;
    /// The offset of a glyph's construction; 0: there is none.
    size_t construction(GlyphId glyph, bool vertical) const;

    QByteArray m_file;
    int m_unitsPerEm = 1000, m_glyphCount = 0, m_metricCount = 0;
    int m_scriptPercent = 0, m_scriptScriptPercent = 0;
    int m_displayOperatorMinHeight = 0, m_degreeRaisePercent = 0;
    bool m_longOffsets = false;
    Table m_metrics, m_places, m_outlines;
    size_t m_characters = 0;  // cmap format 12
    size_t m_italics = 0, m_accents = 0, m_variants = 0;
    std::array<int, static_cast<size_t>(Constant::Count)> m_constants{};
};

}  // namespace alcove::ui::math
