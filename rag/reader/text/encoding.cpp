#include "rag/reader/text/encoding.h"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include <algorithm>
#include <array>
#include <memory>

#include "engine/base/unicode.h"

namespace alcove::rag {
namespace {

constexpr size_t kSample = 64 * 1024;  // what encodings are guessed from

struct CloseConverter {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;
struct CloseDetector {
    void operator()(UCharsetDetector* detector) const { ucsdet_close(detector); }
};

Converter open(const std::string& charset) {
    UErrorCode error = U_ZERO_ERROR;
    Converter converter(ucnv_open(charset.c_str(), &error));
    return U_SUCCESS(error) ? std::move(converter) : nullptr;
}

std::string convert(UConverter& from, std::string_view bytes) {
    const Converter to = open("UTF-8");
    if (!to) return {};
    std::string out;
    std::array<char, 16384> target;
    std::array<UChar, 8192> pivot;
    UChar *pivotSource = pivot.data(), *pivotTarget = pivot.data();
    const char* source = bytes.data();
    const char* const end = source + bytes.size();
    UBool reset = 1;
    for (;;) {
        UErrorCode error = U_ZERO_ERROR;
        char* at = target.data();
        ucnv_convertEx(to.get(), &from, &at, target.data() + target.size(), &source, end,
                       pivot.data(), &pivotSource, &pivotTarget, pivot.data() + pivot.size(), reset,
                       1, &error);
        reset = 0;
        out.append(target.data(), at);
        if (error != U_BUFFER_OVERFLOW_ERROR) return out;
    }
}

struct Mark {
    std::string_view bytes;
    const char* charset;
};
using namespace std::string_view_literals;
constexpr std::array kMarks = {
    Mark{"\xEF\xBB\xBF"sv, "UTF-8"},    Mark{"\xFF\xFE\0\0"sv, "UTF-32LE"},
    Mark{"\0\0\xFE\xFF"sv, "UTF-32BE"}, Mark{"\xFF\xFE"sv, "UTF-16LE"},
    Mark{"\xFE\xFF"sv, "UTF-16BE"},
};

/// UTF-16 without a mark: Latin text has its zeros on one side.
const char* wideCharset(std::string_view bytes) {
    const std::string_view sample = bytes.substr(0, kSample & ~size_t{1});
    if (sample.size() < 4) return nullptr;
    size_t zeros[2] = {0, 0};
    for (size_t i = 0; i < sample.size(); ++i)
        if (sample[i] == 0) ++zeros[i & 1];
    const size_t half = sample.size() / 2;
    if (zeros[1] > half / 2 && zeros[0] < half / 10) return "UTF-16LE";
    if (zeros[0] > half / 2 && zeros[1] < half / 10) return "UTF-16BE";
    return nullptr;
}

std::string guess(std::string_view bytes) {
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<UCharsetDetector, CloseDetector> detector(ucsdet_open(&error));
    if (U_FAILURE(error)) return "windows-1252";
    const std::string_view sample = bytes.substr(0, kSample);
    ucsdet_setText(detector.get(), sample.data(), static_cast<int32_t>(sample.size()), &error);
    const UCharsetMatch* match = ucsdet_detect(detector.get(), &error);
    if (U_FAILURE(error) || match == nullptr) return "windows-1252";
    const char* name = ucsdet_getName(match, &error);
    if (U_FAILURE(error) || name == nullptr) return "windows-1252";
    // What calls itself Latin-1 uses the quotes and dashes of Windows.
    const std::string_view found = name;
    return found == "ISO-8859-1" || found.rfind("IBM", 0) == 0 || found.rfind("UTF-", 0) == 0
               ? "windows-1252"
               : std::string(found);
}

/// As browsers do: who says Latin-1 or ASCII means Windows' superset.
std::string meant(std::string_view charset) {
    std::string lower;
    for (const char c : charset)
        if (c > ' ' && c != '"' && c != '\'') lower += static_cast<char>(std::tolower(c));
    if (lower == "iso-8859-1" || lower == "latin1" || lower == "us-ascii" || lower == "ascii")
        return "windows-1252";
    if (lower == "gb2312" || lower == "gbk") return "gb18030";
    if (lower == "shift_jis") return "windows-31j";
    if (lower == "ks_c_5601-1987" || lower == "euc-kr") return "windows-949";
    return lower;
}

}  // namespace

std::string_view wholeLines(std::string_view bytes, size_t most) {
    if (bytes.size() <= most) return bytes;
    std::string_view part = bytes.substr(0, most);
    // A line feed is four bytes at most, in an encoding with marks; these stand at multiples.
    size_t unit = 1;
    for (const Mark& mark : kMarks)
        if (bytes.starts_with(mark.bytes)) {
            unit = std::string_view(mark.charset).find("32") != std::string_view::npos   ? 4
                   : std::string_view(mark.charset).find("16") != std::string_view::npos ? 2
                                                                                         : 1;
            break;
        }
    const size_t feed = part.find_last_of('\n');
    if (feed == std::string_view::npos || feed == 0) {  // not inside a character of UTF-8, at least
        size_t end = part.size() / unit * unit;
        for (int i = 0; unit == 1 && i < 3 && end > 0 && (bytes[end] & 0xC0) == 0x80; ++i) --end;
        return part.substr(0, end);
    }
    return part.substr(0, std::min((feed + unit) / unit * unit, part.size() / unit * unit));
}

bool isValidUtf8(std::string_view bytes) {
    for (size_t at = 0; at < bytes.size();) {
        if (static_cast<unsigned char>(bytes[at]) < 0x80) {
            ++at;
            continue;
        }
        const Utf8Prefix prefix = strictUtf8Prefix(bytes.substr(at));
        if (prefix.state != Utf8Prefix::State::Whole) return false;
        at += prefix.bytes;
    }
    return true;
}

std::string toUtf8As(std::string_view bytes, std::string_view charset) {
    const std::string name = meant(charset);
    if (name.empty()) return toUtf8(bytes);
    if (name == "utf-8" || name == "utf8") return std::string(bytes);
    const Converter converter = open(name);
    return converter ? convert(*converter, bytes) : toUtf8(bytes);
}

std::string toUtf8(std::string_view bytes, std::string_view declared) {
    for (const Mark& mark : kMarks) {
        if (bytes.substr(0, mark.bytes.size()) != mark.bytes) continue;
        bytes.remove_prefix(mark.bytes.size());
        return toUtf8As(bytes, mark.charset);
    }
    if (const char* wide = wideCharset(bytes)) return toUtf8As(bytes, wide);
    // A character cut off at the end of a file does not make it something else.
    size_t whole = bytes.size();
    for (int i = 0; i < 4 && whole > 0 && static_cast<unsigned char>(bytes[whole - 1]) >= 0x80; ++i)
        --whole;
    if (isValidUtf8(bytes) || (whole > 64 && isValidUtf8(bytes.substr(0, whole))))
        return std::string(bytes);
    if (!meant(declared).empty() && open(meant(declared))) return toUtf8As(bytes, declared);
    return toUtf8As(bytes, guess(bytes));
}

bool looksBinary(std::string_view bytes) {
    for (const Mark& mark : kMarks)
        if (bytes.substr(0, mark.bytes.size()) == mark.bytes) return false;
    if (wideCharset(bytes) != nullptr) return false;
    const std::string_view sample = bytes.substr(0, kSample);
    size_t strange = 0;
    for (const char c : sample) {
        if (c == 0) return true;
        const bool known = c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\b' ||
                           c == 0x1B || c == 0x1A;  // ISO-2022, and the end of old DOS files
        if (static_cast<unsigned char>(c) < 0x20 && !known) ++strange;
    }
    return strange * 50 > sample.size();
}

}  // namespace alcove::rag
