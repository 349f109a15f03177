// Every half and every bfloat, both ways, against the formulas of the formats.
#include "engine/base/half.h"

#include <QtTest>
#include <cmath>
#include <limits>

using namespace alcove;

namespace {

/// What a small float with `exponentBits` and `mantissaBits` means; NaN for NaN.
double meaning(uint32_t bits, int exponentBits, int mantissaBits) {
    const uint32_t mantissa = bits & ((1u << mantissaBits) - 1);
    const uint32_t exponent = (bits >> mantissaBits) & ((1u << exponentBits) - 1);
    const int bias = (1 << (exponentBits - 1)) - 1;
    const double sign = (bits >> (exponentBits + mantissaBits)) ? -1.0 : 1.0;
    if (exponent == (1u << exponentBits) - 1)
        return mantissa ? std::numeric_limits<double>::quiet_NaN()
                        : sign * std::numeric_limits<double>::infinity();
    const int scale = (exponent ? static_cast<int>(exponent) : 1) - bias - mantissaBits;
    return sign * std::ldexp(mantissa + (exponent ? 1u << mantissaBits : 0u), scale);
}

bool same(float value, double expected) {
    if (std::isnan(expected)) return std::isnan(value);
    return static_cast<double>(value) == expected && std::signbit(value) == std::signbit(expected);
}

/// Between each pair of neighbours the middle goes to the even one, and a hair off it to the nearer
/// one. `last` is the largest finite number's bits; above its half-way point comes infinity.
template <typename Narrow>
int roundingErrors(uint32_t last, int exponentBits, int mantissaBits, Narrow narrow) {
    int errors = 0;
    for (uint32_t low = 0; low <= last; ++low) {
        const double below = meaning(low, exponentBits, mantissaBits);
        const double step = low == last ? below - meaning(low - 1, exponentBits, mantissaBits)
                                        : meaning(low + 1, exponentBits, mantissaBits) - below;
        const auto middle = static_cast<float>(below + step / 2);
        if (std::isinf(middle)) continue;
        const float under = std::nextafter(middle, 0.0f);
        const float over = std::nextafter(middle, std::numeric_limits<float>::infinity());
        const uint32_t even = low % 2 == 0 ? low : low + 1;
        const uint32_t sign = 1u << (exponentBits + mantissaBits);
        errors += narrow(middle) != even;
        errors += narrow(-middle) != (even | sign);
        errors += narrow(under) != low;
        errors += narrow(-under) != (low | sign);
        errors += narrow(over) != low + 1;
        errors += narrow(-over) != ((low + 1) | sign);
    }
    return errors;
}

}  // namespace

class HalfTest : public QObject {
    Q_OBJECT

private slots:
    void everyHalfWidens() {
        for (uint32_t bits = 0; bits < 0x10000; ++bits)
            QVERIFY2(same(halfToFloat(static_cast<uint16_t>(bits)), meaning(bits, 5, 10)),
                     qPrintable(QString::number(bits, 16)));
    }

    void everyBfloatWidens() {
        for (uint32_t bits = 0; bits < 0x10000; ++bits)
            QVERIFY2(same(bfloatToFloat(static_cast<uint16_t>(bits)), meaning(bits, 8, 7)),
                     qPrintable(QString::number(bits, 16)));
    }

    void everyNumberComesBack() {
        for (uint32_t bits = 0; bits < 0x10000; ++bits) {
            const auto half = static_cast<uint16_t>(bits);
            if (!std::isnan(halfToFloat(half))) QCOMPARE(floatToHalf(halfToFloat(half)), half);
            if (!std::isnan(bfloatToFloat(half)))
                QCOMPARE(floatToBfloat(bfloatToFloat(half)), half);
        }
    }

    void halvesRoundToNearestEven() { QCOMPARE(roundingErrors(0x7bff, 5, 10, floatToHalf), 0); }

    void bfloatsRoundToNearestEven() { QCOMPARE(roundingErrors(0x7f7f, 8, 7, floatToBfloat), 0); }

    void overflowBecomesInfinity() {
        const float largest = std::numeric_limits<float>::max();
        QCOMPARE(floatToHalf(65519.996f), uint16_t{0x7bff});
        QCOMPARE(floatToHalf(65520.0f), uint16_t{0x7c00});
        QCOMPARE(floatToHalf(-largest), uint16_t{0xfc00});
        QCOMPARE(floatToBfloat(largest), uint16_t{0x7f80});
    }

    void nanStaysNan() {
        for (const uint32_t bits : {0x7f800001u, 0x7fc00000u, 0xffffffffu, 0xff800001u}) {
            const auto value = std::bit_cast<float>(bits);
            QVERIFY(std::isnan(halfToFloat(floatToHalf(value))));
            QVERIFY(std::isnan(bfloatToFloat(floatToBfloat(value))));
        }
    }
};

QTEST_GUILESS_MAIN(HalfTest)
#include "half_test.moc"
