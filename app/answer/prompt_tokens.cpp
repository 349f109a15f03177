#include "app/answer/prompt_tokens.h"

#include <algorithm>
#include <cstdio>

#include "app/generation/conversation.h"
#include "engine/base/checksum.h"

namespace alcove::app {
using namespace engine;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kLeastRoom = 256;  // tokens of a prompt: system text and a short passage
constexpr size_t kMostKept = 8;      // files
constexpr size_t kLeastKept = 128;   // tokens that are worth a file
constexpr const char* kSuffix = ".prefill";

/// Tokens that two prompts begin with.
size_t common(const std::vector<Token>& a, const std::vector<Token>& b) {
    return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                               a.begin());
}

}  // namespace

Result<std::vector<Token>> promptTokens(const Model& model, const Prompt& prompt) {
    const std::string said = prompt.documents + "\n\n" + prompt.question;
    for (const bool together : {false, true}) {
        ALCOVE_TRY(Conversation conversation, Conversation::create(model));
        conversation.setPlainContents(true);
        conversation.setThinking(false);
        // Some templates know no system text: it then leads the question.
        if (together) {
            conversation.addUser(prompt.system + "\n\n" + said);
            return conversation.prompt();
        }
        conversation.setSystem(prompt.system);
        conversation.addUser(said);
        Result<std::vector<Token>> tokens = conversation.prompt();
        if (tokens) return tokens;
    }
    return fail("the prompt could not be written");
}

Result<int64_t> roomForAnswer(int64_t context, int64_t asked) {
    const int64_t answer = std::min(asked, context / 3);
    if (context - answer < kLeastRoom)
        return fail("a context of ", context,
                    " tokens is too short for documents and an answer; --ctx makes room");
    return answer;
}

Result<std::optional<KeptPrefill>> keptPrefill(const Model& model, const Prompt& prompt,
                                               const std::vector<Token>& whole,
                                               const fs::path& folder) {
    if (!prompt.keep || folder.empty()) return std::optional<KeptPrefill>();
    Prompt other = prompt;
    other.question = "0";
    ALCOVE_TRY(const std::vector<Token> another, promptTokens(model, other));
    const size_t prefix = common(whole, another);
    if (prefix < kLeastKept || prefix >= whole.size()) return std::optional<KeptPrefill>();
    const std::span<const Token> shared(whole.data(), prefix);
    char name[40];
    std::snprintf(name, sizeof name, "%016llx%s",
                  static_cast<unsigned long long>(checksum(std::as_bytes(shared))), kSuffix);
    return std::optional(KeptPrefill{folder / name, prefix});
}

void removeOldPrefill(const fs::path& folder) {
    std::error_code ignored;
    std::vector<std::pair<fs::file_time_type, fs::path>> files;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.path().extension() == kSuffix)
            files.emplace_back(entry.last_write_time(ignored), entry.path());
    std::sort(files.begin(), files.end());
    for (size_t i = 0; i + kMostKept < files.size(); ++i) fs::remove(files[i].second, ignored);
}

}  // namespace alcove::app
