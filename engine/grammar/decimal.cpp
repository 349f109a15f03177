#include "engine/grammar/decimal.h"

#include <algorithm>
#include <cstdlib>

namespace alcove::engine::grammar {
namespace {

int compareMagnitudes(const Decimal& a, const Decimal& b) {
    if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -1 : 1;
    int order = a.whole.compare(b.whole);
    if (order == 0) order = a.fraction.compare(b.fraction);  // digits: a prefix is the smaller
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace

Decimal Decimal::opposite() const {
    Decimal other = *this;
    other.negative = !negative && !isZero();
    return other;
}

std::string Decimal::text() const {
    return (negative ? "-" : "") + (whole.empty() ? "0" : whole) +
           (fraction.empty() ? "" : "." + fraction);
}

int compare(const Decimal& a, const Decimal& b) {
    if (a.negative != b.negative) return a.negative ? -1 : 1;
    const int order = compareMagnitudes(a, b);
    return a.negative ? -order : order;
}

Decimal decimalOf(const nlohmann::ordered_json& number) {
    std::string text = number.dump();
    Decimal out;
    out.negative = text.front() == '-';
    if (out.negative) text.erase(0, 1);
    long exponent = 0;
    if (const size_t at = text.find_first_of("eE"); at != std::string::npos) {
        exponent = std::strtol(text.c_str() + at + 1, nullptr, 10);
        text.resize(at);
    }
    size_t point = text.find('.');
    if (point == std::string::npos)
        point = text.size();
    else
        text.erase(point, 1);
    // The point moves by the exponent, over zeros where the digits end.
    long places = static_cast<long>(point) + exponent;
    if (places < 0) text.insert(0, static_cast<size_t>(-places), '0');
    places = std::max(places, 0L);
    if (static_cast<size_t>(places) > text.size())
        text.append(static_cast<size_t>(places) - text.size(), '0');
    out.whole = text.substr(0, static_cast<size_t>(places));
    out.fraction = text.substr(static_cast<size_t>(places));
    out.whole.erase(0, std::min(out.whole.find_first_not_of('0'), out.whole.size()));
    out.fraction.erase(out.fraction.find_last_not_of('0') + 1);
    if (out.isZero()) out.negative = false;
    return out;
}

}  // namespace alcove::engine::grammar
