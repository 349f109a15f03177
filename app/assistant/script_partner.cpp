#include "app/assistant/script_partner.h"

#include <condition_variable>
#include <mutex>

namespace alcove::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kContext = 32'768;

constexpr std::string_view kCode =
    "A binary search halves the range until it is empty:\n\n"
    "```cpp\n"
    "// The first place where value could stand.\n"
    "size_t lowerBound(std::span<const int> sorted, int value) {\n"
    "    size_t begin = 0, end = sorted.size();\n"
    "    while (begin < end) {\n"
    "        const size_t middle = begin + (end - begin) / 2;\n"
    "        if (sorted[middle] < value)\n"
    "            begin = middle + 1;\n"
    "        else\n"
    "            end = middle;\n"
    "    }\n"
    "    return begin;\n"
    "}\n"
    "```\n\n"
    "It takes at most $\\lceil \\log_2 (n + 1) \\rceil$ steps, so 20 for a million values.\n";

constexpr std::string_view kTable =
    "Both leases, side by side:\n\n"
    "| Lease | Notice | Deposit returned |\n"
    "|---|---|---|\n"
    "| Elm Street 4 | 3 months | 30 days |\n"
    "| Harbour Row 12 | 2 months | 45 days |\n\n"
    "- **Elm Street 4** asks for notice in writing.\n"
    "- **Harbour Row 12** asks for it by the *third* working day.\n";

constexpr std::string_view kThought =
    "Two trains move towards each other, so their speeds add up: 80 + 120 = 200 km/h. "
    "The distance is 300 km, and 300 / 200 is 1.5 hours.";
constexpr std::string_view kThoughtful =
    "They meet after **one and a half hours**.\n\n"
    "The speeds add up to $80 + 120 = 200$ km/h, and\n\n"
    "$$t = \\frac{300\\ \\text{km}}{200\\ \\text{km/h}} = 1.5\\ \\text{h}$$\n";

std::string lastQuestion(const Json& messages) {
    if (messages.empty() || !messages.back().is_object()) return {};
    const auto content = messages.back().find("content");
    return content != messages.back().end() && content->is_string() ? content->get<std::string>()
                                                                    : std::string();
}

bool has(const std::string& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

std::string longText() {
    std::string text;
    for (int i = 1; i <= 60; ++i)
        text +=
            concat("## Part ", i, "\n\nThe ", i, ". part says **one** thing, and `code` too. ",
                   "It goes on for a while, so that the answer fills more than the window.\n\n");
    return text;
}

/// "About …" and the first words of what was asked.
std::string titleFor(const std::string& question) {
    constexpr std::string_view kBefore = "Question: ";
    const size_t begin = question.find(kBefore);
    size_t end = begin == std::string::npos ? 0 : begin + kBefore.size();
    const size_t first = end;
    for (int words = 0; words < 3 && end < question.size() && question[end] != '\n'; ++words)
        end = question.find_first_of(" \n", end + 1);
    return "\"About " + question.substr(first, end - first) + "\"";
}

struct Scene {
    explicit Scene(std::string says) : text(std::move(says)) {}

    std::string thought, text, finish = "stop", error;
    int slowness = 1;
};

Scene sceneOf(const std::string& question) {
    if (has(question, "Title of this conversation")) return Scene(titleFor(question));
    if (has(question, "code")) return Scene(std::string(kCode));
    if (has(question, "table")) return Scene(std::string(kTable));
    if (has(question, "long")) return Scene(longText());
    if (has(question, "think")) {
        Scene scene{std::string(kThoughtful)};
        scene.thought = kThought;
        return scene;
    }
    if (has(question, "slow")) {
        Scene scene{std::string(kTable)};
        scene.slowness = 20;
        return scene;
    }
    if (has(question, "cut")) {
        Scene scene{"This answer is cut off in the"};
        scene.finish = "length";
        return scene;
    }
    if (has(question, "fail")) {
        Scene scene{"The beginning stands. "};
        scene.error =
            "The engine ended in the middle of this answer. What had come is kept; ask again, and "
            "it is started anew.";
        return scene;
    }
    return Scene("You said: " + question);
}

/// Where the next token ends: behind the blanks after a word, never inside of a character.
size_t tokenEnd(std::string_view text, size_t at) {
    while (at < text.size() && text[at] != ' ' && text[at] != '\n') ++at;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n')) ++at;
    return at;
}

}  // namespace

Result<std::vector<PartnerModel>> ScriptPartner::models(std::stop_token /*stop*/) {
    return std::vector<PartnerModel>{{"Script 4B", "local", kContext},
                                     {"Script 1B", "local", kContext / 4}};
}

Result<ChatReply> ScriptPartner::answer(const PartnerQuestion& question, const Listener& listener,
                                        std::stop_token stop) {
    const Scene scene = sceneOf(lastQuestion(question.messages));
    ChatReply reply;
    reply.model = question.model.id;
    std::mutex mutex;
    std::condition_variable_any never;
    const auto say = [&](const std::string& text, std::string& into, const auto& tell) {
        for (size_t at = 0; at < text.size() && !stop.stop_requested();) {
            const size_t end = tokenEnd(text, at);
            std::unique_lock lock(mutex);
            never.wait_for(lock, stop, m_options.perToken * scene.slowness, [] { return false; });
            if (stop.stop_requested()) return;
            into += text.substr(at, end - at);
            if (tell) tell(std::string_view(text).substr(at, end - at));
            ++reply.answerTokens;
            at = end;
        }
    };
    say(scene.thought, reply.thought, listener.thought);
    say(scene.text, reply.text, listener.text);
    if (stop.stop_requested()) return fail("stopped");
    if (!scene.error.empty()) return Error{scene.error};
    reply.finish = scene.finish;
    reply.promptTokens = 2'310;
    if (m_options.perToken.count() > 0)
        reply.tokensPerSecond = 1e6 / static_cast<double>(m_options.perToken.count());
    return reply;
}

}  // namespace alcove::app
