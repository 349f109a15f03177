// What can be asked of libraries, in words that travel: a name and a JSON object in, events and a
// JSON object out. The command line has a desk of its own where it works alone; the engine host has
// the one that all its clients share.
//
//   ingest   files and folders into a library, and all that it holds brought up to date
//   search   passages                      ask       an answer with citations
//   status   what it holds                 remove    takes files, folders, a collection out
//   verify   looks at everything           rebuild   makes full text and indexes again
//   pause, resume, stop                    what is being indexed
//   close    the library, for another process
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "app/api/fields.h"
#include "app/desk/model_source.h"
#include "app/desk/open_libraries.h"
#include "engine/base/result.h"

namespace alcove::app {

struct DeskCall {
    std::string name;
    Json request;  // "library": the folder, and what each call's own file says
    /// Events on the way; called by one thread at a time.
    std::function<void(const Json& event)> tell;
    std::stop_token stop;
};

class Desk {
public:
    /// `models` outlives it.
    explicit Desk(ModelSource& models) : m_models(models), m_libraries(models) {}

    [[nodiscard]] Result<Json> answer(const DeskCall& call);

    void closeUnused(std::chrono::seconds unused) { m_libraries.closeUnused(unused); }
    /// What is indexed ends with what is in work.
    void stop() { m_libraries.stopIndexing(); }

private:
    [[nodiscard]] Result<Json> ingest(const DeskCall& call);
    [[nodiscard]] Result<Json> search(const DeskCall& call);
    [[nodiscard]] Result<Json> ask(const DeskCall& call);
    [[nodiscard]] Result<Json> status(const DeskCall& call);
    [[nodiscard]] Result<Json> verify(const DeskCall& call);
    [[nodiscard]] Result<Json> rebuild(const DeskCall& call);
    [[nodiscard]] Result<Json> remove(const DeskCall& call);
    [[nodiscard]] Result<Json> close(const DeskCall& call);
    [[nodiscard]] Result<Json> order(const DeskCall& call, OpenLibraries::Order order);

    /// The library of a call; what there is to note is told as {"event": "opened", "notes": […]}.
    [[nodiscard]] Result<OpenLibraries::Use> open(const DeskCall& call, LibraryWish wish);

    ModelSource& m_models;
    OpenLibraries m_libraries;
};

/// The first thing that is wrong with a request.
[[nodiscard]] Result<void> checked(const Fields& fields);

}  // namespace alcove::app
