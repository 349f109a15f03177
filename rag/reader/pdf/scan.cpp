// The page is painted small and looked at in cells. A cell without text is marked where it has both
// light and dark in it: so neither a coloured background nor the grey of scanned paper counts.
// Painted a second time, with pictures not smoothed, a cell changes only where it shows one: so
// charts and the lines of forms do not count either. In a picture of writing one shade, the
// paper's, is most of what the marked cells show; in a photograph none is, and to look for words
// there costs seconds a page for nothing.
#include "rag/reader/pdf/scan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace alcove::rag::pdf {
namespace {

constexpr ptrdiff_t kMostLetters = 300;  // a stamp and a header; with more it is read as text
constexpr int kWidth = 400, kCell = 8;   // pixels; letters of 10 points are three and a half high
constexpr int kContrast = 64, kChange = 16, kSameShade = 32;
constexpr double kLeastShare = 0.02;  // of the page's cells: a few lines
constexpr double kTimesText = 1.5;    // cells that are marked, for each that has text
constexpr double kPaper = 0.5;        // of the pixels in marked cells

/// The same page three times, a byte for each pixel.
struct Views {
    int width = 0, height = 0;
    std::vector<uint8_t> smooth, sharp;
    std::vector<uint8_t> text;  // 1 where text stands

    [[nodiscard]] size_t at(int x, int y) const {
        return static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x);
    }
};

struct Counts {
    int cells = 0, marked = 0, withText = 0;
    std::array<uint32_t, 256> shades{};  // of the pixels in marked cells

    void take(const Views& views, int left, int top) {
        ++cells;
        std::array<uint32_t, 256> own{};
        int lightest = 0, darkest = 255, change = 0;
        for (int y = top; y < std::min(top + kCell, views.height); ++y)
            for (int x = left; x < std::min(left + kCell, views.width); ++x) {
                const size_t at = views.at(x, y);
                if (views.text[at] != 0) {
                    ++withText;
                    return;
                }
                const int gray = views.smooth[at];
                lightest = std::max(lightest, gray);
                darkest = std::min(darkest, gray);
                change = std::max(change, std::abs(gray - views.sharp[at]));
                ++own[static_cast<size_t>(gray)];
            }
        if (lightest - darkest < kContrast || change < kChange) return;
        ++marked;
        for (size_t i = 0; i < own.size(); ++i) shades[i] += own[i];
    }

    /// The share of the commonest shade, and those near it.
    [[nodiscard]] double paper() const {
        uint64_t all = 0, most = 0;
        for (int shade = 0; shade < 256; ++shade) {
            all += shades[static_cast<size_t>(shade)];
            uint64_t near = 0;
            const int end = std::min(shade + kSameShade, 255);
            for (int i = std::max(shade - kSameShade, 0); i <= end; ++i)
                near += shades[static_cast<size_t>(i)];
            most = std::max(most, near);
        }
        return all == 0 ? 0 : static_cast<double>(most) / static_cast<double>(all);
    }
};

}  // namespace

void cover(std::span<uint8_t> pixels, int width, int height, std::span<const Box> boxes,
           float scale, uint8_t shade) {
    const auto clamped = [](float value, int most) {
        return static_cast<int>(std::clamp(value, 0.0F, static_cast<float>(most)));
    };
    for (const Box& box : boxes) {
        const int left = clamped(std::floor(box.x * scale) - 1, width);
        const int right = clamped(std::ceil((box.x + box.width) * scale) + 1, width);
        const int top = clamped(std::floor(box.y * scale) - 1, height);
        const int bottom = clamped(std::ceil((box.y + box.height) * scale) + 1, height);
        for (int y = top; y < bottom; ++y)
            std::fill_n(pixels.begin() + static_cast<ptrdiff_t>(y) * width + left,
                        std::max(right - left, 0), shade);
    }
}

bool isScanWithText(QPdfDocument& document, int page, const RawPage& raw) {
    if (std::count_if(raw.text.begin(), raw.text.end(), [](char16_t c) { return c > ' '; }) >
        kMostLetters)
        return false;
    const float scale = kWidth / std::max(raw.width, 1.0F);
    const QSize size(kWidth, static_cast<int>(std::clamp(raw.height * scale, 8.0F, 4.0F * kWidth)));
    const QImage smooth = paint(document, page, size);
    QPdfDocumentRenderOptions options;
    options.setRenderFlags(QPdfDocumentRenderOptions::RenderFlag::ImageAliased);
    const QImage sharp = paint(document, page, size, options);
    if (smooth.isNull() || sharp.size() != smooth.size()) return false;
    Views views{smooth.width(), smooth.height(), grayOf(smooth), grayOf(sharp), {}};
    views.text.assign(views.smooth.size(), 0);
    cover(views.text, views.width, views.height, raw.boxes, scale, 1);
    Counts counts;
    for (int top = 0; top < views.height; top += kCell)
        for (int left = 0; left < views.width; left += kCell) counts.take(views, left, top);
    return counts.marked >= kLeastShare * counts.cells &&
           counts.marked >= kTimesText * counts.withText && counts.paper() >= kPaper;
}

}  // namespace alcove::rag::pdf
