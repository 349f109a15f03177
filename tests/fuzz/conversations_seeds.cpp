// First inputs of conversations_fuzz, beside tests/data/conversations.
#include <filesystem>
#include <fstream>

#include "app/conversations/export.h"

int main(int count, char** arguments) {
    if (count != 2) return 1;
    using namespace alcove::app;
    ConversationTree tree;
    tree.identity = "i";
    tree.title = "t";
    tree.messages.resize(3);
    tree.messages[0].shown = tree.messages[1].shown = tree.messages[0].fromUser = true;
    tree.messages[1].parent = tree.messages[2].parent = 0;
    tree.messages[1].text = "b";
    tree.messages[1].thought = "c";
    tree.messages[1].details = {{"n", 1}};
    const auto write = [&](const char* name, std::string_view text) {
        std::ofstream(std::filesystem::path(arguments[1]) / name, std::ios::binary) << text;
    };
    write("own", conversationsToJson(std::span(&tree, 1)));
    write("list", R"({"chat":{"messages":[{"role":"user","content":[{"text":"q"}]}]}})");
    return 0;
}
