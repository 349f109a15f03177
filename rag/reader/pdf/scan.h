// Whether a page is a scan, though some text stands on it: a stamp, a typed header, the line that a
// court's or an office's system writes on every page it takes in. Such a page has text, but what is
// to be read lies in its picture.
#pragma once

#include <span>

#include "rag/reader/pdf/image.h"
#include "rag/reader/pdf/layout.h"

namespace alcove::rag::pdf {

/// Little text, and something that looks written on much more of the page than the text takes.
[[nodiscard]] bool isScanWithText(QPdfDocument& document, int page, const RawPage& raw);

/// Paints over boxes of a page. `scale`: pixels of a point.
void cover(std::span<uint8_t> pixels, int width, int height, std::span<const Box> boxes,
           float scale, uint8_t shade);

}  // namespace alcove::rag::pdf
