// Decimal numbers of any length, as they are written: bounds of numbers are compared digit by
// digit.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace alcove::engine::grammar {

/// Normal form: no zeros before `whole` or after `fraction`; zero is not negative.
struct Decimal {
    bool negative = false;
    std::string whole;     // empty: 0
    std::string fraction;  // empty: none

    [[nodiscard]] bool isZero() const { return whole.empty() && fraction.empty(); }
    [[nodiscard]] Decimal opposite() const;
    [[nodiscard]] std::string text() const;
};

/// −1, 0 or 1.
[[nodiscard]] int compare(const Decimal& a, const Decimal& b);

/// Of a finite JSON number; a fraction as its shortest text says.
[[nodiscard]] Decimal decimalOf(const nlohmann::ordered_json& number);

}  // namespace alcove::engine::grammar
