// What the APIs have in common where text is made: a model by its name, sampling by its fields, and
// several answers taken side by side.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/api/fields.h"
#include "app/api/openai.h"
#include "app/host/answer_stream.h"
#include "app/host/sequence.h"

namespace alcove::app {

/// A model that writes (or, for `embedder`, makes vectors), loaded.
[[nodiscard]] std::optional<ApiError> findHosted(ApiHost& host, const std::string& name,
                                                 bool embedder, std::shared_ptr<HostedModel>& out);

/// A content that is a text, or parts that are texts; nothing where some part is something else.
[[nodiscard]] std::optional<std::string> joinedText(const Json& content);
/// Messages as templates expect them: each content is one text, "developer" is "system".
[[nodiscard]] Json readMessages(Fields& fields);

/// temperature, top_p, top_k, min_p, penalties, seed, logit_bias. Without a seed each answer has
/// its own.
void readSampling(Fields& fields, engine::SamplingOptions& sampling);

/// The answers to one request.
class Answers {
public:
    explicit Answers(ApiHost& host) : m_host(host) {}
    /// Nobody takes what is not taken yet.
    ~Answers();

    /// `count` answers to the same request, each with a seed of its own.
    [[nodiscard]] std::optional<ApiError> start(const HostedModel& model,
                                                const GenerationRequest& request, size_t count);

    using OnPiece = std::function<bool(size_t answer, AnswerPiece piece)>;
    /// Hands out pieces as they come until all answers have ended. `onPiece` and `connected` return
    /// false when nobody listens any more: that ends the answers, and false is returned.
    bool run(const OnPiece& onPiece, const std::function<bool()>& connected);

    [[nodiscard]] const AnswerEnding& ending(size_t answer) const { return m_endings[answer]; }
    /// The first that went wrong.
    [[nodiscard]] std::optional<ApiError> failure() const;
    /// Of all answers; the prompt counts once.
    [[nodiscard]] AnswerUsage usage() const;

private:
    ApiHost& m_host;
    std::vector<std::shared_ptr<AnswerStream>> m_streams;
    std::vector<AnswerEnding> m_endings;
};

/// "chatcmpl-" and 24 random letters, and the like.
[[nodiscard]] std::string makeId(std::string_view prefix);
[[nodiscard]] int64_t unixTime();
/// Server-sent events: "data: …\n\n".
[[nodiscard]] std::string sseData(const Json& value);

}  // namespace alcove::app
