// The commands' line to a library: its options, and the desk (app/desk) that answers. That is the
// engine host's, which all programs of this user share; or one of this process's own, where the
// host cannot be had or is not to be ($ALCOVE_ALONE), or where a command asks for what the host has
// otherwise (threads, kernels, the models' folder).
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/cli/options.h"
#include "app/cli/setup.h"
#include "app/desk/describe.h"
#include "app/desk/filter.h"
#include "engine/base/result.h"

namespace alcove::app {

struct LibraryArguments {
    std::string folder, model, reranker;
    int64_t threads = 0;
};
/// --library, and with `model` also -m and -t.
void addLibraryOptions(Options& options, LibraryArguments& target, bool model);

void addRerankOption(Options& options, std::string& target);
void addFilterOptions(Options& options, FilterWords& target);

/// A path as it was typed.
[[nodiscard]] std::filesystem::path typedPath(const std::string& word);
/// The same as the desk is told, which works in another folder.
[[nodiscard]] std::string wholePath(const std::string& word);
/// A model as the desk is told: a file's place, or a name in the models' folder.
[[nodiscard]] std::string modelPlace(const std::string& word);

class LibraryLine {
public:
    struct Wishes {
        int64_t threads = 0;
        /// How an answer's model is computed, where that is not left to the host.
        const ModelOptions* own = nullptr;
    };
    LibraryLine(Streams& streams, Wishes wishes);
    ~LibraryLine();

    using OnEvent = std::function<void(const Json& event)>;
    /// What opening the library had to note goes to standard error.
    [[nodiscard]] Result<Json> call(const std::string& name, const Json& request,
                                    const OnEvent& onEvent = {}, const std::stop_token& stop = {});

private:
    [[nodiscard]] bool worksAlone(const Json& request) const;
    [[nodiscard]] Result<Json> callOwn(const std::string& name, const Json& request,
                                       const OnEvent& onEvent, const std::stop_token& stop);
    struct Own;

    Streams& m_streams;
    Wishes m_wishes;
    std::unique_ptr<Own> m_own;
};

}  // namespace alcove::app
