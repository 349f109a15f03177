#include "rag/refusal.h"

#include <array>

namespace alcove::rag {
namespace {

constexpr std::array<std::string_view, 13> kNames = {
    "encrypted", "wrong password",          "mislabelled", "unsupported",   "empty",   "damaged",
    "too large", "too large when unpacked", "unsafe",      "took too long", "crashed", "unreadable",
    "cancelled"};
static_assert(kNames.size() == static_cast<size_t>(Refusal::Cancelled) + 1);

}  // namespace

std::string_view name(Refusal refusal) { return kNames[static_cast<size_t>(refusal)]; }

std::optional<Refusal> refusalNamed(std::string_view name) {
    for (size_t i = 0; i < kNames.size(); ++i)
        if (kNames[i] == name) return static_cast<Refusal>(i);
    return std::nullopt;
}

Refusal refusalOf(const Error& error) {
    const std::string_view message = error.message;
    return refusalNamed(message.substr(0, message.find(':'))).value_or(Refusal::Damaged);
}

}  // namespace alcove::rag
