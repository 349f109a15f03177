// Figures and names in the words that people use.
#pragma once

#include <QDateTime>
#include <QString>
#include <nlohmann/json.hpp>

namespace alcove::ui {

/// "SmolLM2-135M-Instruct.Q4_1" as "SmolLM2 135M".
[[nodiscard]] QString shownModel(const QString& id);
/// "31 tokens/s" from an answer's details; empty where nothing is known.
[[nodiscard]] QString speedWords(const nlohmann::ordered_json& details);
/// "2,310 of 32,768 tokens"; empty where nothing is known.
[[nodiscard]] QString contextWords(int64_t used, int64_t room);
/// "Today", "Yesterday", "Last week", "Last month", "March 2026".
[[nodiscard]] QString dayWords(const QDateTime& when, const QDateTime& now);

}  // namespace alcove::ui
