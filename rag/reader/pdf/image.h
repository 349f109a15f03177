// Pages as pixels.
//
// Qt converts large images in threads of its own, and behind the sandbox's door none can be
// started: it would wait for them for ever. So nothing here calls QImage::convertToFormat, nor
// what calls it.
#pragma once

#include <QImage>
#include <QPdfDocument>
#include <QPdfDocumentRenderOptions>
#include <cstdint>
#include <vector>

namespace alcove::rag::pdf {

/// A page's size in points, 1 to 1,000,000 whatever the file says.
[[nodiscard]] QSizeF paperOf(const QPdfDocument& document, int page);

/// A page on white paper, as Format_RGB32; null where it cannot be painted.
[[nodiscard]] QImage paint(QPdfDocument& document, int page, QSize size,
                           QPdfDocumentRenderOptions options = {});

/// One byte for each pixel, row by row, without gaps.
[[nodiscard]] std::vector<uint8_t> grayOf(const QImage& image);

/// Something is drawn on the page.
[[nodiscard]] bool isPainted(QPdfDocument& document, int page);

}  // namespace alcove::rag::pdf
