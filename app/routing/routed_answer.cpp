#include "app/routing/routed_answer.h"

#include <filesystem>

#include "app/answer/passages.h"
#include "app/answer/prompts.h"
#include "app/models/folder.h"

namespace alcove::app {
using Json = nlohmann::ordered_json;

namespace {

Json messagesOf(const RoutedQuestion& question) {
    if (question.passages.empty())
        return Json::array({{{"role", "user"}, {"content", question.text}}});
    return Json::array(
        {{{"role", "system"}, {"content", kAnswerPrompt}},
         {{"role", "user"}, {"content", fenced(question.passages) + "\n\n" + question.text}}});
}

}  // namespace

Result<std::string> TargetAsker::modelOf(const Target& target, const ChatClient& client,
                                         std::stop_token stop) {
    if (!target.model.empty()) return target.model;
    if (target.endpoint == kLocalEndpoint)
        return std::filesystem::path(kStarterChatModel).stem().string();
    std::string& known = m_models[target.endpoint];
    if (!known.empty()) return known;
    const Endpoint* endpoint = m_endpoints.find(target.endpoint);
    if (endpoint && !endpoint->models.empty()) return known = endpoint->models.front();
    ALCOVE_TRY(const std::vector<ServedModel> models, client.models(std::move(stop)));
    if (models.empty()) return fail(target.endpoint, ": answers, and has no models");
    return known = models.front().id;
}

Result<TargetAnswer> TargetAsker::ask(const Target& target, const RoutedQuestion& question,
                                      const ReplyReader::OnText& onText, std::stop_token stop) {
    auto client = m_clients.find(target.endpoint);
    if (client == m_clients.end()) {
        const Endpoint* endpoint = m_endpoints.find(target.endpoint);
        if (!endpoint)
            return fail("there is no endpoint '", target.endpoint,
                        "'; `alcove-cli endpoints list` lists them");
        ALCOVE_TRY(ChatClient opened, ChatClient::open(m_endpoints, *endpoint));
        client = m_clients.emplace(target.endpoint, std::move(opened)).first;
    }
    TargetAnswer answer;
    answer.target = target;
    ALCOVE_TRY(answer.target.model, modelOf(target, client->second, stop));
    ChatQuestion asked;
    asked.model = answer.target.model;
    asked.messages = messagesOf(question);
    asked.tokens = question.tokens;
    asked.logprobs = true;
    ALCOVE_TRY(answer.reply, client->second.ask(asked, onText, stop));
    ALCOVE_TRY(answer.confidence,
               confidenceOf(answer.reply, question.text, sourcesOf(question.passages), stop));
    return answer;
}

Result<RoutedAnswer> answerByRoute(TargetAsker& asker, const Decision& decision,
                                   const RoutedQuestion& question,
                                   const ReplyReader::OnText& onText, std::stop_token stop) {
    RoutedAnswer answer;
    const bool settled = !decision.onward;
    ALCOVE_TRY(answer.first, asker.ask(decision.target, question,
                                       settled ? onText : ReplyReader::OnText(), stop));
    if (settled) return answer;
    answer.doubt =
        doubtOf(answer.first.reply, answer.first.confidence, decision.onward->thresholds);
    if (answer.doubt) {
        size_t told = 0;
        const auto tell = [&](std::string_view text) {
            told += text.size();
            if (onText) onText(text);
        };
        Result<TargetAnswer> second = asker.ask(decision.onward->to, question, tell, stop);
        if (second) {
            answer.second = std::move(*second);
            return answer;
        }
        if (stop.stop_requested() || told > 0) return second.error();
        answer.note = second.message();
    }
    if (onText) onText(answer.first.reply.text);
    return answer;
}

}  // namespace alcove::app
