// Conversations and files of tests/data/chat.
#pragma once

#include <QByteArray>
#include <QFile>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/chat/chat_template.h"

namespace alcove::test {

using Json = nlohmann::ordered_json;

inline std::string readAll(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

inline Json readJson(const QString& path) { return Json::parse(readAll(path)); }

/// The input that render_oracle.py makes of the same entry.
inline engine::ChatInput inputOf(const Json& given) {
    engine::ChatInput input;
    input.messages = given.value("messages", Json::array());
    input.tools = given.value("tools", Json());
    input.bos = given.value("bos_token", std::string("<s>"));
    input.eos = given.value("eos_token", std::string("</s>"));
    input.addGenerationPrompt = given.value("add_generation_prompt", true);
    if (given.contains("enable_thinking"))
        input.enableThinking = given["enable_thinking"].get<bool>();
    input.extra = given.value("extra", Json::object());
    input.now = std::chrono::system_clock::from_time_t(1741529107);  // 2025-03-09 14:05:07 UTC
    return input;
}

}  // namespace alcove::test
