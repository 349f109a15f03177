#include "app/library/priority_embedder.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace alcove::app {
namespace {

// A group takes some tens of milliseconds: so long a question may wait.
constexpr size_t kGroupBytes = 8192;
constexpr size_t kGroupTexts = 16;

}  // namespace

Result<std::vector<float>> PriorityEmbedder::embedPassages(std::span<const std::string> texts,
                                                           std::stop_token stop) {
    std::vector<size_t> order(texts.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return std::pair(texts[a].size(), a) < std::pair(texts[b].size(), b);
    });
    const size_t width = dimension();
    std::vector<float> rows(texts.size() * width);
    for (size_t next = 0; next < order.size();) {
        std::vector<size_t> members;
        std::vector<std::string> group;
        size_t bytes = 0;
        while (next < order.size() && group.size() < kGroupTexts) {
            const std::string& text = texts[order[next]];
            if (!group.empty() && bytes + text.size() > kGroupBytes) break;
            bytes += text.size();
            members.push_back(order[next++]);
            group.push_back(text);
        }
        ALCOVE_TRY(const std::vector<float> values, embedGroup(group, stop));
        if (values.size() != group.size() * width)
            return fail(name(), " gave ", values.size(), " values for ", group.size(), " texts");
        for (size_t i = 0; i < members.size(); ++i)
            std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                        rows.begin() + static_cast<std::ptrdiff_t>(members[i] * width));
    }
    return rows;
}

Result<std::vector<float>> PriorityEmbedder::embedGroup(std::span<const std::string> texts,
                                                        std::stop_token stop) {
    {
        std::unique_lock lock(m_turn);
        m_changed.wait(lock, [&] { return m_questions == 0 && !m_busy; });
        m_busy = true;
    }
    auto result = stop.stop_requested() ? Result<std::vector<float>>(fail("embedding was stopped"))
                                        : m_embedder->embedPassages(texts, stop);
    {
        const std::scoped_lock lock(m_turn);
        m_busy = false;
    }
    m_changed.notify_all();
    return result;
}

Result<std::vector<float>> PriorityEmbedder::embedQuestion(const std::string& text,
                                                           std::stop_token stop) {
    {
        std::unique_lock lock(m_turn);
        ++m_questions;
        m_changed.wait(lock, [&] { return !m_busy; });
        m_busy = true;
    }
    auto result = m_embedder->embedQuestion(text, stop);
    {
        const std::scoped_lock lock(m_turn);
        --m_questions;
        m_busy = false;
    }
    m_changed.notify_all();
    return result;
}

size_t PriorityEmbedder::questionsWaiting() {
    const std::scoped_lock lock(m_turn);
    return m_questions;
}

}  // namespace alcove::app
