#include "rag/reader/pdf/image.h"

#include <algorithm>
#include <cmath>

namespace alcove::rag::pdf {
namespace {

/// A pixel that is not premultiplied, laid on white.
QRgb onWhite(QRgb pixel) {
    const int alpha = qAlpha(pixel);
    const auto blend = [&](int value) { return 255 - (255 - value) * alpha / 255; };
    return qRgb(blend(qRed(pixel)), blend(qGreen(pixel)), blend(qBlue(pixel)));
}

}  // namespace

QSizeF paperOf(const QPdfDocument& document, int page) {
    const auto sane = [](double points) {
        return std::isfinite(points) ? std::clamp(points, 1.0, 1e6) : 1.0;
    };
    const QSizeF points = document.pagePointSize(page);
    return {sane(points.width()), sane(points.height())};
}

QImage paint(QPdfDocument& document, int page, QSize size, QPdfDocumentRenderOptions options) {
    const QImage drawn = document.render(page, size, options);
    QImage paper(drawn.size(), QImage::Format_RGB32);
    const bool direct = drawn.format() == QImage::Format_ARGB32;  // as Qt 6.4 draws it
    for (int y = 0; y < drawn.height(); ++y) {
        const auto* from = reinterpret_cast<const QRgb*>(drawn.constScanLine(y));
        auto* to = reinterpret_cast<QRgb*>(paper.scanLine(y));
        for (int x = 0; x < drawn.width(); ++x)
            to[x] = onWhite(direct ? from[x] : drawn.pixel(x, y));
    }
    return paper;
}

std::vector<uint8_t> grayOf(const QImage& image) {
    std::vector<uint8_t> pixels;
    pixels.reserve(static_cast<size_t>(image.width()) * static_cast<size_t>(image.height()));
    for (int y = 0; y < image.height(); ++y) {
        const auto* row = reinterpret_cast<const QRgb*>(image.constScanLine(y));
        for (int x = 0; x < image.width(); ++x)
            pixels.push_back(static_cast<uint8_t>(qGray(row[x])));
    }
    return pixels;
}

bool isPainted(QPdfDocument& document, int page) {
    // Large enough for a thin line of a scan to leave a trace in its pixel.
    constexpr int kWidth = 200, kWhite = 245;
    const QSizeF points = paperOf(document, page);
    const double ratio = points.height() / points.width();
    const int height = static_cast<int>(std::clamp(kWidth * ratio, 8.0, 4.0 * kWidth));
    const std::vector<uint8_t> pixels = grayOf(paint(document, page, QSize(kWidth, height)));
    return std::any_of(pixels.begin(), pixels.end(), [](uint8_t gray) { return gray < kWhite; });
}

}  // namespace alcove::rag::pdf
