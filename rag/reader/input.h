// The one file the reader is given: its standard input, mapped or read whole.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace alcove::rag {

class Input {
public:
    /// Before the sandbox closes. An error is a refusal.
    static Result<Input> fromStandardInput();

    Input(Input&& other) noexcept;
    Input& operator=(Input&&) = delete;
    ~Input();

    [[nodiscard]] std::string_view bytes() const { return m_bytes; }

private:
    Input() = default;
    std::string_view m_bytes;
    std::string m_read;  // where it could not be mapped
    bool m_mapped = false;
};

/// Everything or nothing: false when nobody listens any more.
[[nodiscard]] bool writeToStandardOutput(std::string_view bytes);

}  // namespace alcove::rag
