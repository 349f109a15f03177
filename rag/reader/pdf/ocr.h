// Text in pictures, by Tesseract where it is installed. Its library is looked for at run time, so
// that nothing needs it to be there.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "rag/document.h"

namespace alcove::rag::pdf {

struct Recognized {
    struct Line {
        std::string text;
        Box box;  // in pixels of the picture
        bool startsParagraph;
    };
    std::vector<Line> lines;
};

class Ocr {
public:
    /// Loads library and language; before the sandbox closes. An error says what is missing.
    static Result<std::unique_ptr<Ocr>> load(const std::string& language);
    virtual ~Ocr() = default;
    /// Grey, a byte a pixel, rows without gaps.
    [[nodiscard]] virtual Result<Recognized> read(std::span<const uint8_t> pixels, int width,
                                                  int height, int dotsPerInch) = 0;
};

}  // namespace alcove::rag::pdf
