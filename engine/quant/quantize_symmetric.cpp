// Q3_K, Q6_K, IQ4_XS, IQ4_NL: x ≈ d·sc·c(q), where c is the codebook (the numbers −4…3 or −32…31
// themselves, or the 16 of kIq4Values), sc a small signed integer for each group and d a half.
//
// As in quantize_affine.cpp, the squared error is minimised by turns: each group alone over a row
// of trial scales with a least-squares fit after each (codebooks are lopsided, so both signs are
// tried); then d from the largest scale; then each group's integer by walking to neighbours; then d
// by least squares, and the integers again, kept if the error fell.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "engine/quant/pack.h"

namespace alcove::engine {
namespace {

constexpr int kLanes = 8;
constexpr int kRefits = 2;

float total(const float (&lanes)[kLanes]) {
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
           ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

/// The whole numbers kLow…kLow + 2·|kLow| − 1.
template <int kLow>
struct Whole {
    static constexpr int kHigh = -kLow - 1;
    static constexpr auto kReach = static_cast<float>(-kLow);
    // Many narrow steps make an error with many narrow valleys: more trials find a deeper one.
    static constexpr int kTrials = kLow > -16 ? 4 : 8;

    /// The codebook's number nearest to `value`; NaN becomes the lowest.
    static float nearest(float value) {
        value = value > kLow ? value : static_cast<float>(kLow);
        value = value < kHigh ? value : static_cast<float>(kHigh);
        return static_cast<float>(static_cast<int>(value + (0.5f - kLow))) + kLow;
    }
    static uint8_t index(float value) { return static_cast<uint8_t>(nearest(value) - kLow); }
};

struct Iq4 {
    static constexpr float kReach = 127;
    static constexpr int kTrials = 4;

    static int indexOf(float value) {
        int index = 0;
        for (size_t k = 1; k < kIq4Values.size(); ++k)
            index += value > static_cast<float>(kIq4Values[k - 1] + kIq4Values[k]) / 2;
        return index;
    }
    static float nearest(float value) {
        float number = kIq4Values[0];
        for (size_t k = 1; k < kIq4Values.size(); ++k)
            number += value > static_cast<float>(kIq4Values[k - 1] + kIq4Values[k]) / 2
                          ? static_cast<float>(kIq4Values[k] - kIq4Values[k - 1])
                          : 0.0f;
        return number;
    }
    static uint8_t index(float value) { return static_cast<uint8_t>(indexOf(value)); }
};

float inverseOf(float scale) { return scale != 0 ? 1 / scale : 0; }

template <typename Code, int kSize>
struct Group {
    const float* x;

    [[nodiscard]] float error(float scale) const {
        const float inverse = inverseOf(scale);
        float lanes[kLanes] = {};
        for (int i = 0; i < kSize; i += kLanes)
            for (int j = 0; j < kLanes; ++j) {
                const float off = scale * Code::nearest(x[i + j] * inverse) - x[i + j];
                lanes[j] += off * off;
            }
        return total(lanes);
    }

    [[nodiscard]] float refit(float scale) const {
        const float inverse = inverseOf(scale);
        float cc[kLanes] = {};
        float xc[kLanes] = {};
        for (int i = 0; i < kSize; i += kLanes)
            for (int j = 0; j < kLanes; ++j) {
                const float c = Code::nearest(x[i + j] * inverse);
                cc[j] += c * c;
                xc[j] += x[i + j] * c;
            }
        const float sumCc = total(cc);
        return sumCc > 0 ? total(xc) / sumCc : scale;
    }

    [[nodiscard]] float search() const {
        float largest = 0;
        for (int i = 0; i < kSize; ++i) largest = std::max(largest, std::fabs(x[i]));
        if (!(largest > 0)) return 0;
        float best = largest / Code::kReach;
        float bestError = error(best);
        for (int k = -Code::kTrials; k <= Code::kTrials; ++k) {
            const float stretch = 0.25f * static_cast<float>(k) / Code::kTrials;
            const float trial = largest / (Code::kReach * (1 + stretch));
            for (const float sign : {1.0f, -1.0f}) {
                const float scale = refit(sign * trial);
                const float scaleError = error(scale);
                if (scaleError < bestError) {
                    bestError = scaleError;
                    best = scale;
                }
            }
        }
        return best;
    }
};

template <typename Code, int kSize, int kLowScale>
class Block {
public:
    static constexpr int kGroups = 256 / kSize;

    explicit Block(const float* x) : m_x(x) {}

    void search() {
        std::array<float, kGroups> fits;
        for (int g = 0; g < kGroups; ++g) fits[g] = group(g).search();
        const float extreme = *std::max_element(
            fits.begin(), fits.end(), [](float a, float b) { return std::fabs(a) < std::fabs(b); });
        m_d = scaleToHalf(extreme / kLowScale);  // the lowest integer reaches one further
        const float inverse = inverseOf(d());
        for (int g = 0; g < kGroups; ++g)
            m_scales[g] = static_cast<int>(Whole<kLowScale>::nearest(fits[g] * inverse));
        float error = walk();
        for (int i = 0; i < kRefits; ++i) {
            const Block before = *this;
            refit();
            const float refitted = walk();
            if (refitted < error) {
                error = refitted;
                continue;
            }
            *this = before;
            break;
        }
    }

    [[nodiscard]] uint16_t half() const { return m_d; }
    [[nodiscard]] const std::array<int, kGroups>& scales() const { return m_scales; }

    /// Indices into the codebook, of all 256 values.
    void quants(uint8_t* out) const {
        for (int i = 0; i < 256; ++i)
            out[i] = Code::index(m_x[i] * inverseOf(d() * static_cast<float>(m_scales[i / kSize])));
    }

private:
    [[nodiscard]] Group<Code, kSize> group(int g) const { return {m_x + g * kSize}; }
    [[nodiscard]] float d() const { return halfToFloat(m_d); }

    float walk() {
        float sum = 0;
        for (int g = 0; g < kGroups; ++g) {
            int& s = m_scales[g];
            float best = group(g).error(d() * static_cast<float>(s));
            for (const int direction : {1, -1})
                while (s + direction >= kLowScale && s + direction < -kLowScale) {
                    const float error = group(g).error(d() * static_cast<float>(s + direction));
                    if (!(error < best)) break;
                    best = error;
                    s += direction;
                }
            sum += best;
        }
        return sum;
    }

    void refit() {
        double uu = 0, xu = 0;
        for (int g = 0; g < kGroups; ++g) {
            const float inverse = inverseOf(d() * static_cast<float>(m_scales[g]));
            for (int i = g * kSize; i < (g + 1) * kSize; ++i) {
                const double u = m_scales[g] * static_cast<double>(Code::nearest(m_x[i] * inverse));
                uu += u * u;
                xu += m_x[i] * u;
            }
        }
        if (uu > 0) m_d = floatToHalf(static_cast<float>(xu / uu));
    }

    const float* m_x;
    uint16_t m_d = 0;
    std::array<int, kGroups> m_scales{};
};

/// Four two-bit values in a byte, as twoBits() in dequantize.cpp reads them; `shift` picks the
/// bits.
void putTwoBits(const uint8_t* q, int shift, uint8_t* out) {
    for (int i = 0; i < 64; ++i) {
        const uint8_t* first = q + i / 32 * 128 + i % 32;
        int bits = 0;
        for (int s = 0; s < 4; ++s) bits |= ((first[s * 32] >> shift) & 3) << (2 * s);
        out[i] = static_cast<uint8_t>(bits);
    }
}

}  // namespace

void pack(const float* values, BlockQ3_K& block) {
    Block<Whole<-4>, 16, -32> search(values);
    search.search();
    block.d = search.half();
    std::memset(block.scales, 0, sizeof block.scales);
    for (int j = 0; j < 16; ++j) {  // the inverse of scaleQ3()
        const int scale = search.scales()[j] + 32;
        uint8_t& low = block.scales[j % 8];
        uint8_t& high = block.scales[8 + j % 4];
        low = static_cast<uint8_t>(low | ((scale & 15) << (4 * (j / 8))));
        high = static_cast<uint8_t>(high | ((scale >> 4) << (2 * (j / 4))));
    }
    uint8_t q[256];
    search.quants(q);  // 0…7: the third bit says that 4 is not subtracted
    putTwoBits(q, 0, block.q);
    for (int l = 0; l < 32; ++l) {
        int bits = 0;
        for (int b = 0; b < 8; ++b) bits |= (q[b * 32 + l] >> 2) << b;
        block.high[l] = static_cast<uint8_t>(bits);
    }
}

void pack(const float* values, BlockQ6_K& block) {
    Block<Whole<-32>, 16, -128> search(values);
    search.search();
    block.d = search.half();
    for (int g = 0; g < 16; ++g) block.scales[g] = static_cast<int8_t>(search.scales()[g]);
    uint8_t q[256];
    search.quants(q);
    for (int i = 0; i < 128; ++i) {
        const int first = i / 64 * 128 + i % 64;
        block.q[i] = static_cast<uint8_t>((q[first] & 15) | ((q[first + 64] & 15) << 4));
    }
    putTwoBits(q, 4, block.high);
}

void pack(const float* values, BlockIQ4_XS& block) {
    Block<Iq4, 32, -32> search(values);
    search.search();
    block.d = search.half();
    std::memset(block.scalesLow, 0, sizeof block.scalesLow);
    int high = 0;
    for (int j = 0; j < 8; ++j) {  // the inverse of scaleIq4()
        const int scale = search.scales()[j] + 32;
        uint8_t& low = block.scalesLow[j / 2];
        low = static_cast<uint8_t>(low | ((scale & 15) << (4 * (j % 2))));
        high |= (scale >> 4) << (2 * j);
    }
    block.scalesHigh = static_cast<uint16_t>(high);
    uint8_t q[256];
    search.quants(q);
    for (int i = 0; i < 128; ++i) {
        const uint8_t* first = q + i / 16 * 32 + i % 16;
        block.q[i] = static_cast<uint8_t>(first[0] | (first[16] << 4));
    }
}

void pack(const float* values, BlockIQ4_NL& block) {
    block.d = floatToHalf(Group<Iq4, 32>{values}.search());
    const float inverse = inverseOf(halfToFloat(block.d));
    for (int j = 0; j < 16; ++j)
        block.q[j] = static_cast<uint8_t>(Iq4::index(values[j] * inverse) |
                                          (Iq4::index(values[j + 16] * inverse) << 4));
}

}  // namespace alcove::engine
