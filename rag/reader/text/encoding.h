// Text of any encoding to UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace alcove::rag {

/// By byte order mark; else, where the bytes are valid UTF-8, as that; else as `declared`
/// ("latin1", "Shift_JIS", …) where that is known; else as the bytes themselves suggest.
[[nodiscard]] std::string toUtf8(std::string_view bytes, std::string_view declared = {});

/// As `charset` says, whatever the bytes look like; toUtf8 where it is not known.
[[nodiscard]] std::string toUtf8As(std::string_view bytes, std::string_view charset);

/// Bytes that no text has: most control characters, in a text that is not UTF-16 or UTF-32.
[[nodiscard]] bool looksBinary(std::string_view bytes);

/// The beginning of a text, of any encoding, in lines that are whole; not more than `most` bytes.
[[nodiscard]] std::string_view wholeLines(std::string_view bytes, size_t most);

[[nodiscard]] bool isValidUtf8(std::string_view bytes);

}  // namespace alcove::rag
