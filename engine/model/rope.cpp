#include "engine/model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/model/loader.h"

namespace alcove::engine {
namespace {

/// The pair index (as a real number, in dimensions) whose wavelength turns `rotations` times in the
/// context.
double correctionDimension(const Rope& rope, double rotations) {
    return static_cast<double>(rope.dimensions) *
           std::log(static_cast<double>(rope.originalContext) /
                    (rotations * 2 * std::numbers::pi)) /
           (2 * std::log(static_cast<double>(rope.base)));
}

/// Angle of each pair at position 1.
std::vector<double> pairAngles(const Rope& rope, bool longContext) {
    const Vector& factors =
        longContext && !rope.longFactors.empty() ? rope.longFactors : rope.factors;
    const double low = std::max(0.0, std::floor(correctionDimension(rope, rope.betaFast)));
    const double high = std::min(static_cast<double>(rope.dimensions - 1),
                                 std::ceil(correctionDimension(rope, rope.betaSlow)));
    std::vector<double> angles;
    for (int64_t i = 0; i < rope.pairs(); ++i) {
        const double exponent =
            -2.0 * static_cast<double>(i) / static_cast<double>(rope.dimensions);
        double plain = std::pow(static_cast<double>(rope.base), exponent);
        if (!factors.empty()) plain /= factors[static_cast<size_t>(i)];
        double angle = plain * rope.scale;
        if (rope.yarn) {
            const double ramp = (static_cast<double>(i) - low) / std::max(0.001, high - low);
            const double keep = 1.0 - std::clamp(ramp, 0.0, 1.0);  // 1: fast pairs stay as trained
            angle = angle * (1 - keep) + plain * keep;
        }
        angles.push_back(angle);
    }
    return angles;
}

/// yarn's magnitude; `logMultiplier` 0: the file has none.
float yarnMagnitude(float scale, float logMultiplier) {
    const float factor = 1.0f / scale;
    if (factor <= 1.0f) return 1.0f;
    const float plain = 1.0f + 0.1f * std::log(factor);
    return logMultiplier == 0.0f ? plain : plain / (1.0f + 0.1f * logMultiplier * std::log(factor));
}

}  // namespace

Rope loadRope(Loader& load, RopeStyle style, int64_t headDim, int64_t contextLength) {
    Rope rope;
    rope.style = style;
    rope.dimensions = load.count("rope.dimension_count", headDim, headDim);
    if (rope.dimensions % 2 != 0)
        load.reject(fail(load.file().name(), ": rope.dimension_count is odd: ", rope.dimensions));
    rope.base = load.number("rope.freq_base", 10000.0f);
    if (rope.base <= 1.0f) load.reject(fail(load.file().name(), ": rope.freq_base is ", rope.base));
    const std::string scaling = load.text("rope.scaling.type", "linear");
    const float factor = load.number("rope.scaling.factor", load.number("rope.scale_linear", 0.0f));
    if (factor < 0.0f) load.reject(fail(load.file().name(), ": rope.scaling.factor is ", factor));
    if (scaling != "none" && factor > 0.0f) rope.scale = 1.0f / factor;
    rope.originalContext =
        load.count("rope.scaling.original_context_length", int64_t{1} << 31, contextLength);
    rope.magnitude = load.number("rope.scaling.attn_factor", 1.0f);
    if (scaling == "yarn") {
        rope.yarn = true;
        rope.betaFast = load.number("rope.scaling.yarn_beta_fast", 32.0f);
        rope.betaSlow = load.number("rope.scaling.yarn_beta_slow", 1.0f);
        rope.magnitude *=
            yarnMagnitude(rope.scale, load.number("rope.scaling.yarn_log_multiplier", 0.0f));
    } else if (scaling != "linear" && scaling != "none" && scaling != "longrope") {
        load.reject(fail(load.file().name(), ": rope.scaling.type ", scaling, " is not known"));
    }
    const int64_t pairs = rope.dimensions / 2;
    rope.factors = load.optionalVector("rope_freqs.weight", pairs);
    if (rope.factors.empty()) {
        rope.factors = load.optionalVector("rope_factors_short.weight", pairs);
        rope.longFactors = load.optionalVector("rope_factors_long.weight", pairs);
    }
    return rope;
}

RopeTable makeRopeTable(const Rope& rope, std::span<const int32_t> positions,
                        int64_t contextLength) {
    RopeTable table{rope.style, rope.pairs(), {}, {}};
    if (rope.dimensions == 0) return table;
    const std::vector<double> angles = pairAngles(rope, contextLength > rope.originalContext);
    table.cosines.reserve(positions.size() * angles.size());
    table.sines.reserve(positions.size() * angles.size());
    for (const int32_t position : positions) {
        for (const double angle : angles) {
            const double theta = position * angle;
            table.cosines.push_back(static_cast<float>(std::cos(theta)) * rope.magnitude);
            table.sines.push_back(static_cast<float>(std::sin(theta)) * rope.magnitude);
        }
    }
    return table;
}

}  // namespace alcove::engine
