// Why a file could not be read, as a name that people and programs recognise. A refusal travels as
// an ordinary Error whose message begins with the name: "encrypted: it needs a password".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace alcove::rag {

enum class Refusal : uint8_t {
    Encrypted,  // no password was given
    WrongPassword,
    Mislabelled,  // the content is not what the file's name says: "not a PDF"
    Unsupported,  // a format, or a variant of one, that is not read
    Empty,        // no bytes
    Damaged,      // begins well and is broken further on
    TooLarge,     // more than the limits of text or memory allow
    Bomb,         // "too large when unpacked": an archive, or entities of XML
    Unsafe,       // built to do harm: an archive that writes outside its folder
    TooSlow,      // the time that was allowed did not suffice
    Crashed,      // the reader died, or said what it must not say
    Unreadable,   // the system does not give the file
    Cancelled,
};

/// "encrypted", "too large when unpacked", …; for Mislabelled "mislabelled".
[[nodiscard]] std::string_view name(Refusal refusal);
[[nodiscard]] std::optional<Refusal> refusalNamed(std::string_view name);

/// refuse(Refusal::Damaged, "the table at byte ", 12, " is cut off")
template <typename... Parts>
[[nodiscard]] Error refuse(Refusal refusal, const Parts&... parts) {
    return fail(name(refusal), ": ", parts...);
}

/// Which refusal an Error is; Damaged for any other.
[[nodiscard]] Refusal refusalOf(const Error& error);

}  // namespace alcove::rag
