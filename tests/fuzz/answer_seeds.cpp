// Writes two calls, words and a thought in each form, as first inputs of answer_fuzz.
#include <filesystem>
#include <fstream>

#include "engine/chat/call_shape.h"
#include "tests/fuzz/answer_forms.h"

int main(int count, char** arguments) {
    if (count != 2) return 1;
    using namespace alcove::engine;
    const auto calls = nlohmann::ordered_json::parse(
        R"([{"function": {"name": "add", "arguments": {"a": "x", "b": 1, "d": [true, {"e": null}]}}},
            {"function": {"name": "add", "arguments": {}}}])");
    char number = 0;
    for (const char* signs : alcove::test::kAnswerForms) {
        const AnswerFormat format = answerFormatOf(signs);
        const std::string text =
            alcove::concat(number, '\0', format.thought.open, "Hm.", format.thought.closing,
                           writeCalls(format.calls, calls), "\nDone.");
        const auto path = std::filesystem::path(arguments[1]) / alcove::concat("seed", int{number});
        std::ofstream(path, std::ios::binary) << text;
        ++number;
    }
    return 0;
}
