#include "app/conversations/foreign_tree.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "app/conversations/search_words.h"

namespace alcove::app {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);
constexpr size_t kShort = 200;                  // bytes
constexpr size_t kTitle = 60;                   // bytes of a question that becomes a title
constexpr int64_t kLatest = 4'102'444'800'000;  // ms: the year 2100

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// At the end of a character.
void cut(std::string& text, size_t bytes) {
    if (text.size() <= bytes) return;
    while (bytes > 0 && continues(text[bytes])) --bytes;
    text.resize(bytes);
}

/// For each node the one it follows, by what it says, else by what others say of it.
std::vector<size_t> parentsOf(const std::vector<ForeignNode>& nodes,
                              const std::map<std::string_view, size_t>& places) {
    std::vector<size_t> parents(nodes.size(), kNone);
    const auto place = [&](std::string_view id) {
        const auto found = places.find(id);
        return found == places.end() ? kNone : found->second;
    };
    for (size_t i = 0; i < nodes.size(); ++i)
        if (!nodes[i].parent.empty()) parents[i] = place(nodes[i].parent);
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].children == nullptr || !nodes[i].children->is_array()) continue;
        for (const engine::Json& child : *nodes[i].children) {
            const std::string* id = engine::asString(&child);
            const size_t at = id == nullptr ? kNone : place(*id);
            if (at != kNone && at != i && parents[at] == kNone) parents[at] = i;
        }
    }
    return parents;
}

/// Of each node in the order in which it names them, and then those that it does not name; those
/// that follow nothing are the children of the one behind the last.
std::vector<std::vector<size_t>> childrenOf(const std::vector<ForeignNode>& nodes,
                                            const std::vector<size_t>& parents,
                                            const std::map<std::string_view, size_t>& places) {
    std::vector<std::vector<size_t>> children(nodes.size() + 1);
    std::vector<bool> placed(nodes.size());
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].children == nullptr || !nodes[i].children->is_array()) continue;
        for (const engine::Json& child : *nodes[i].children) {
            const std::string* id = engine::asString(&child);
            const auto found = id == nullptr ? places.end() : places.find(*id);
            if (found == places.end() || placed[found->second] || parents[found->second] != i)
                continue;
            placed[found->second] = true;
            children[i].push_back(found->second);
        }
    }
    for (size_t i = 0; i < nodes.size(); ++i)
        if (!placed[i]) children[parents[i] == kNone ? nodes.size() : parents[i]].push_back(i);
    return children;
}

}  // namespace

void ForeignReading::leaveOut(LeftOut reason, int64_t count) {
    if (count > 0) m_leftOut[reason] += count;
}

int64_t ForeignReading::time(const engine::Json* value) {
    double ms = engine::asNumber(value).value_or(0);
    if (!(ms > 0)) return 0;
    if (ms < 1e11)
        ms *= 1e3;
    else if (ms > 1e17)
        ms /= 1e6;
    else if (ms > 1e14)
        ms /= 1e3;
    return ms >= 1 && ms < static_cast<double>(kLatest) ? static_cast<int64_t>(std::llround(ms))
                                                        : 0;
}

std::string ForeignReading::shortText(std::string_view text) {
    std::string line;
    for (const char c : text.substr(0, 4 * kShort)) {
        const bool blank = c == ' ' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        if (!blank)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    cut(line, kShort);
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

std::string ForeignReading::longText(std::string text) {
    if (text.size() > kLongestText) {
        cut(text, kLongestText);
        leaveOut(LeftOut::Cut);
    }
    return text;
}

bool ForeignReading::mayHaveMore() {
    if (m_messages < kMostImported) return ++m_messages, true;
    leaveOut(LeftOut::Beyond);
    return false;
}

void ForeignReading::build(std::vector<ForeignNode>& nodes, std::string_view current,
                           ConversationTree& tree) {
    std::map<std::string_view, size_t> places;
    for (size_t i = 0; i < nodes.size(); ++i) places.emplace(nodes[i].id, i);
    const std::vector<size_t> parents = parentsOf(nodes, places);
    const auto children = childrenOf(nodes, parents, places);

    struct Step {
        size_t node, parent;  // of the tree
        std::string carried;
    };
    std::vector<Step> steps;
    const auto follow = [&](size_t node, size_t parent, std::string carried) {
        const std::vector<size_t>& next = children[node];
        for (size_t i = next.size(); i-- > 0;)
            steps.push_back({next[i], parent, i == 0 ? std::move(carried) : std::string()});
    };
    std::vector<size_t> kept(nodes.size(), kNone);  // the last message at or before each node
    size_t reached = 0;
    follow(nodes.size(), TreeMessage::kFirst, {});
    while (!steps.empty()) {
        Step step = std::move(steps.back());
        steps.pop_back();
        ++reached;
        ForeignNode& node = nodes[step.node];
        if (node.kept && mayHaveMore()) {
            node.message.parent = step.parent;
            node.message.shown = false;
            if (!node.message.fromUser && node.message.thought.empty())
                node.message.thought = longText(std::move(step.carried));
            step.carried.clear();
            step.parent = tree.messages.size();
            tree.messages.push_back(std::move(node.message));
        }
        kept[step.node] = step.parent;
        if (!node.carried.empty() && !step.carried.empty()) step.carried += "\n\n";
        step.carried += node.carried;
        follow(step.node, step.parent, std::move(step.carried));
    }
    leaveOut(LeftOut::Circles, static_cast<int64_t>(nodes.size() - reached));
    const auto last = places.find(current);
    for (size_t at = last == places.end() ? kNone : kept[last->second]; at != kNone;
         at = tree.messages[at].parent)
        tree.messages[at].shown = true;
    settleShown(tree);
}

bool ForeignReading::complete(ConversationTree& tree) {
    if (tree.messages.empty()) return false;
    constexpr int64_t kDay = 86'400'000;  // ms: clocks differ, but not by more
    const auto settle = [&](int64_t& date) {
        if (date > m_now + kDay) date = 0;
    };
    settle(tree.created);
    settle(tree.changed);
    int64_t first = 0, last = 0;
    for (TreeMessage& message : tree.messages) {
        settle(message.created);
        if (message.created == 0) continue;
        if (first == 0 || message.created < first) first = message.created;
        last = std::max(last, message.created);
    }
    if (tree.created == 0) tree.created = first == 0 ? m_now : first;
    if (tree.changed == 0) tree.changed = std::max(last, tree.created);
    for (TreeMessage& message : tree.messages)
        if (message.created == 0) message.created = tree.created;
    tree.titled = !tree.title.empty();
    for (const TreeMessage& message : tree.messages) {
        if (!tree.title.empty()) break;
        if (!message.fromUser) continue;
        tree.title = shortText(message.text);
        cut(tree.title, kTitle);
    }
    return true;
}

}  // namespace alcove::app
