#include "app/routing/confidence.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "rag/answer/citations.h"
#include "rag/answer/support.h"

namespace alcove::app {
namespace {

std::string decimals(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", value);
    return text;
}

std::optional<std::string> below(std::string_view what, const std::optional<double>& value,
                                 const std::optional<double>& threshold) {
    if (!threshold) return std::nullopt;
    if (!value) return concat(what, " is not told by the server");
    if (*value >= *threshold) return std::nullopt;
    return concat(what, " is ", decimals(*value), ", below ", decimals(*threshold));
}

}  // namespace

Result<Confidence> confidenceOf(const ChatReply& reply, const std::string& question,
                                const std::vector<rag::Source>& sources, std::stop_token stop) {
    Confidence confidence;
    const std::vector<double>& logprobs = reply.logprobs;
    confidence.tokens = logprobs.size();
    if (!logprobs.empty()) {
        const double sum = std::accumulate(logprobs.begin(), logprobs.end(), 0.0);
        confidence.mean = std::exp(sum / static_cast<double>(logprobs.size()));
        confidence.minimum = std::exp(*std::ranges::min_element(logprobs));
    }
    if (sources.empty()) return confidence;
    rag::SupportCheck check(sources, nullptr, std::move(stop));
    ALCOVE_TRY(const rag::CitedAnswer checked,
               rag::checkAnswer(reply.text, check, sources.size(), question));
    size_t claims = 0, supported = 0;
    for (const rag::AnswerSentence& sentence : checked.sentences) {
        if (sentence.doubt == rag::Doubt::NoClaim) continue;
        ++claims;
        supported += sentence.supported;
    }
    confidence.support =
        claims == 0 ? 0.0 : static_cast<double>(supported) / static_cast<double>(claims);
    return confidence;
}

std::optional<std::string> doubtOf(const ChatReply& reply, const Confidence& confidence,
                                   const Thresholds& thresholds) {
    if (reply.text.find_first_not_of(" \t\r\n") == std::string::npos) return "the answer is empty";
    if (auto doubt = below("the mean token probability", confidence.mean, thresholds.mean))
        return doubt;
    if (auto doubt = below("the least token probability", confidence.minimum, thresholds.minimum))
        return doubt;
    if (confidence.support)
        return below("the share of sentences that the passages support", confidence.support,
                     thresholds.support);
    return std::nullopt;
}

}  // namespace alcove::app
