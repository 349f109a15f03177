// Q2_K, Q4_K, Q5_K: x ≈ d·sc·q − dmin·min, where q has 2, 4 or 5 bits, (sc, min) are small integers
// for each group of values and (d, dmin) are halves for the block of 256.
//
// The squared error is minimised by turns over what is free, the rest held fixed:
//
//   1. Each group alone: for a row of trial step sizes round x to quants, then fit scale and offset
//      to these quants by least squares; the trial of least error wins.
//   2. d and dmin so that the largest scale and offset get the largest integers.
//   3. Each group's integers: from the nearest ones walk to neighbours while the error falls, with
//      the quants rounded anew each time.
//   4. d and dmin by least squares over the block (the quants and integers held), then 3 again,
//      kept if the block's error fell.
//
// The offset is never negative (min ≥ 0): a group whose values are all positive gets none.
// Sums run in eight lanes, so that compilers vectorise them without being allowed to reorder.
#include <algorithm>
#include <array>
#include <cmath>

#include "engine/quant/pack.h"

namespace alcove::engine {
namespace {

constexpr int kLanes = 8;
constexpr int kRefits = 2;

/// x ≈ scale · q − min
struct Fit {
    float scale = 0;
    float min = 0;
};

float total(const float (&lanes)[kLanes]) {
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
           ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

/// Nearest whole number in 0…largest; NaN becomes 0.
inline float nearest(float value, float largest) {
    value = value > 0 ? value : 0;
    value = value < largest ? value : largest;
    return static_cast<float>(static_cast<int>(value + 0.5f));
}

template <int kSize, int kLargestQuant>
struct Group {
    static constexpr auto kTop = static_cast<float>(kLargestQuant);

    const float* x;

    /// Squared error of the group with rounded quants.
    [[nodiscard]] float error(Fit fit) const {
        const float inverse = fit.scale > 0 ? 1 / fit.scale : 0;
        float lanes[kLanes] = {};
        for (int i = 0; i < kSize; i += kLanes)
            for (int j = 0; j < kLanes; ++j) {
                const float q = nearest((x[i + j] + fit.min) * inverse, kTop);
                const float off = fit.scale * q - fit.min - x[i + j];
                lanes[j] += off * off;
            }
        return total(lanes);
    }

    /// Scale and offset that fit best to the quants that `trial` gives.
    [[nodiscard]] Fit refit(Fit trial) const {
        const float inverse = trial.scale > 0 ? 1 / trial.scale : 0;
        float sx[kLanes] = {};
        float sq[kLanes] = {};
        float sqq[kLanes] = {};
        float sxq[kLanes] = {};
        for (int i = 0; i < kSize; i += kLanes)
            for (int j = 0; j < kLanes; ++j) {
                const float q = nearest((x[i + j] + trial.min) * inverse, kTop);
                sx[j] += x[i + j];
                sq[j] += q;
                sqq[j] += q * q;
                sxq[j] += x[i + j] * q;
            }
        const float sumX = total(sx);
        const float sumQ = total(sq);
        const float sumQq = total(sqq);
        const float sumXq = total(sxq);
        const float determinant = kSize * sumQq - sumQ * sumQ;
        if (!(determinant > 0)) return trial;
        Fit fit;
        fit.scale = (kSize * sumXq - sumX * sumQ) / determinant;
        fit.min = (fit.scale * sumQ - sumX) / kSize;
        if (fit.min < 0) fit = {sumXq / sumQq, 0};
        return fit.scale > 0 ? fit : trial;
    }

    [[nodiscard]] Fit search() const {
        const auto [low, high] = std::minmax_element(x, x + kSize);
        const float min = std::max(-*low, 0.0f);
        const float range = *high + min;
        if (!(range > 0)) return {0, min};
        Fit best{range / kTop, min};
        float bestError = error(best);
        for (const float stretch : {-0.4f, -0.2f, 0.0f, 0.2f, 0.4f, 0.6f, 0.8f}) {
            const Fit fit = refit({range / (kTop + stretch), min});
            const float fitError = error(fit);
            if (fitError < bestError) {
                bestError = fitError;
                best = fit;
            }
        }
        for (int turn = 0; turn < 3; ++turn) {
            const Fit fit = refit(best);
            const float fitError = error(fit);
            if (!(fitError < bestError)) break;
            bestError = fitError;
            best = fit;
        }
        return best;
    }
};

/// A block of 256 while its parameters are sought.
template <int kSize, int kLargestQuant, int kLargestScale>
class Block {
public:
    static constexpr int kGroups = 256 / kSize;
    using Integers = std::array<int, kGroups>;

    explicit Block(const float* x) : m_x(x) {}

    void search() {
        std::array<Fit, kGroups> fits;
        Fit largest;
        for (int g = 0; g < kGroups; ++g) {
            fits[g] = group(g).search();
            largest.scale = std::max(largest.scale, fits[g].scale);
            largest.min = std::max(largest.min, fits[g].min);
        }
        setScales(largest.scale / kLargestScale, largest.min / kLargestScale);
        for (int g = 0; g < kGroups; ++g) {
            m_scales[g] = integer(fits[g].scale, scale());
            m_mins[g] = integer(fits[g].min, min());
        }
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

    [[nodiscard]] uint16_t d() const { return m_d; }
    [[nodiscard]] uint16_t dmin() const { return m_dmin; }
    [[nodiscard]] const Integers& scales() const { return m_scales; }
    [[nodiscard]] const Integers& mins() const { return m_mins; }

    /// The final quants, of all 256 values.
    void quants(uint8_t* out) const {
        for (int g = 0; g < kGroups; ++g) {
            const Fit fit = fitOf(g, m_scales[g], m_mins[g]);
            const float inverse = fit.scale > 0 ? 1 / fit.scale : 0;
            for (int i = g * kSize; i < (g + 1) * kSize; ++i)
                out[i] = static_cast<uint8_t>(nearest((m_x[i] + fit.min) * inverse, kLargestQuant));
        }
    }

private:
    [[nodiscard]] Group<kSize, kLargestQuant> group(int g) const { return {m_x + g * kSize}; }
    [[nodiscard]] float scale() const { return halfToFloat(m_d); }
    [[nodiscard]] float min() const { return halfToFloat(m_dmin); }
    [[nodiscard]] Fit fitOf(int, int s, int m) const {
        return {scale() * static_cast<float>(s), min() * static_cast<float>(m)};
    }

    static int integer(float value, float unit) {
        return unit > 0 ? static_cast<int>(nearest(value / unit, kLargestScale)) : 0;
    }

    void setScales(float d, float dmin) {
        m_d = scaleToHalf(d);
        m_dmin = scaleToHalf(dmin);
    }

    /// Step 3; returns the block's error.
    float walk() {
        float sum = 0;
        for (int g = 0; g < kGroups; ++g) sum += walkGroup(g);
        return sum;
    }

    float walkGroup(int g) {
        constexpr int kNeighbours[][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, -1}};
        int& s = m_scales[g];
        int& m = m_mins[g];
        float best = group(g).error(fitOf(g, s, m));
        for (int steps = 0; steps < kLargestScale; ++steps) {
            int bestStep = -1;
            for (int k = 0; k < 6; ++k) {
                const int sk = s + kNeighbours[k][0];
                const int mk = m + kNeighbours[k][1];
                if (sk < 0 || sk > kLargestScale || mk < 0 || mk > kLargestScale) continue;
                const float error = group(g).error(fitOf(g, sk, mk));
                if (error < best) {
                    best = error;
                    bestStep = k;
                }
            }
            if (bestStep < 0) break;
            s += kNeighbours[bestStep][0];
            m += kNeighbours[bestStep][1];
        }
        return best;
    }

    /// Step 4: least squares of x ≈ d u − dmin v with u = sc q and v = min.
    void refit() {
        uint8_t q[256];
        quants(q);
        double uu = 0, uv = 0, vv = 0, xu = 0, xv = 0;
        for (int i = 0; i < 256; ++i) {
            const double u = m_scales[i / kSize] * q[i];
            const double v = m_mins[i / kSize];
            uu += u * u;
            uv += u * v;
            vv += v * v;
            xu += m_x[i] * u;
            xv += m_x[i] * v;
        }
        const double determinant = uu * vv - uv * uv;
        double d = uu > 0 ? xu / uu : 0;
        double dmin = 0;
        if (determinant > 1e-9 * uu * vv) {
            d = (xu * vv - xv * uv) / determinant;
            dmin = (xu * uv - xv * uu) / determinant;
        }
        if (d > 0 && dmin >= 0) setScales(static_cast<float>(d), static_cast<float>(dmin));
    }

    const float* m_x;
    uint16_t m_d = 0;
    uint16_t m_dmin = 0;
    Integers m_scales{};
    Integers m_mins{};
};

/// The inverse of scaleMinK().
void putScaleMins(const std::array<int, 8>& scales, const std::array<int, 8>& mins, uint8_t* out) {
    for (int j = 0; j < 4; ++j) {
        out[j] = static_cast<uint8_t>(scales[j] | ((scales[j + 4] >> 4) << 6));
        out[j + 4] = static_cast<uint8_t>(mins[j] | ((mins[j + 4] >> 4) << 6));
        out[j + 8] = static_cast<uint8_t>((scales[j + 4] & 15) | ((mins[j + 4] & 15) << 4));
    }
}

void putNibbles(const uint8_t* q, uint8_t* out) {
    for (int i = 0; i < 128; ++i) {
        const int first = i / 32 * 64 + i % 32;
        out[i] = static_cast<uint8_t>((q[first] & 15) | ((q[first + 32] & 15) << 4));
    }
}

}  // namespace

void pack(const float* values, BlockQ2_K& block) {
    Block<16, 3, 15> search(values);
    search.search();
    block.d = search.d();
    block.dmin = search.dmin();
    for (int g = 0; g < 16; ++g)
        block.scales[g] = static_cast<uint8_t>(search.scales()[g] | (search.mins()[g] << 4));
    uint8_t q[256];
    search.quants(q);
    for (int i = 0; i < 64; ++i) {
        const uint8_t* first = q + i / 32 * 128 + i % 32;
        block.q[i] =
            static_cast<uint8_t>(first[0] | (first[32] << 2) | (first[64] << 4) | (first[96] << 6));
    }
}

void pack(const float* values, BlockQ4_K& block) {
    Block<32, 15, 63> search(values);
    search.search();
    block.d = search.d();
    block.dmin = search.dmin();
    putScaleMins(search.scales(), search.mins(), block.scales);
    uint8_t q[256];
    search.quants(q);
    putNibbles(q, block.q);
}

void pack(const float* values, BlockQ5_K& block) {
    Block<32, 31, 63> search(values);
    search.search();
    block.d = search.d();
    block.dmin = search.dmin();
    putScaleMins(search.scales(), search.mins(), block.scales);
    uint8_t q[256];
    search.quants(q);
    putNibbles(q, block.q);
    for (int l = 0; l < 32; ++l) {
        int bits = 0;
        for (int b = 0; b < 8; ++b) bits |= (q[b * 32 + l] >> 4) << b;
        block.high[l] = static_cast<uint8_t>(bits);
    }
}

}  // namespace alcove::engine
