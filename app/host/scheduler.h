// The one thread that computes, and who is next.
//
// Requests wait in one bounded queue, get a session of their model in the order they came, and are
// then in work together: each round of the loop decodes one token of every answer in one pass over
// the weights, and reads a piece of the prompts that are not read yet, shared out evenly. While
// somebody's answer is running a piece is kept short, so that the answer does not stand still. A
// prompt that begins like one being read waits until that can be copied.
//
// What an answer says does not depend on the others: decoding gives each session the bits that it
// would get alone.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/host/answer_stream.h"
#include "app/host/prefix_store.h"
#include "app/host/sequence.h"
#include "app/host/session_pool.h"
#include "engine/base/result.h"
#include "engine/model/model.h"
#include "engine/model/runtime.h"
#include "engine/model/session.h"

namespace alcove::app {

struct SchedulerOptions {
    engine::SessionOptions session;
    size_t sequences = 16;  // in work at a time, of one model
    size_t queue = 64;      // waiting, of all models
    /// Where sessions are kept while nothing is to be done, and how many bytes of them.
    std::filesystem::path keepIn;
    uint64_t keepBytes = 0;
};

/// What has been done since the start.
struct SchedulerCounts {
    uint64_t requests = 0, refused = 0, cancelled = 0, failed = 0;
    uint64_t promptTokens = 0, reusedTokens = 0, answerTokens = 0;
    size_t waiting = 0, working = 0;  // now
};

class Scheduler {
public:
    /// The runtime is the scheduler's alone from now on.
    Scheduler(engine::Runtime& runtime, SchedulerOptions options);
    ~Scheduler();
    /// Ends the thread: who waits is told that the engine is being shut down, and so is who comes.
    void stop();

    struct Submission {
        enum class Refusal : uint8_t { None, Busy, Invalid };
        std::shared_ptr<AnswerStream> stream;  // null: refused
        Refusal refusal = Refusal::None;
        std::string reason;
    };
    [[nodiscard]] Submission submit(const std::shared_ptr<const engine::Model>& model,
                                    GenerationRequest request);

    /// Runs something short on the engine's thread between two rounds, and waits for it: whatever
    /// computes with the runtime must come this way. False: the scheduler ends, it was not run.
    bool compute(const std::function<void()>& work);

    /// Forgets a model that nobody is to ask any more; who is at work with it comes to an end.
    void forget(const engine::Model* model);
    /// Removes what is kept on disk, and forgets what sessions hold.
    void forgetPrompts();

    [[nodiscard]] SchedulerCounts counts() const;
    /// Tokens that a prompt and its answer may have together.
    [[nodiscard]] const engine::SessionOptions& sessionOptions() const { return m_options.session; }
    [[nodiscard]] int64_t contextLength(const engine::Model& model) const;

private:
    struct Waiting {
        std::shared_ptr<const engine::Model> model;
        GenerationRequest request;
        std::shared_ptr<AnswerStream> stream;
        Sequence::Clock::time_point asked;
        bool admitted;  // or over: to be taken out
    };
    struct Job {
        const std::function<void()>* work;
        std::promise<bool> done;
    };
    /// A model's sessions and who is at work with them.
    struct Lane {
        std::unique_ptr<SessionPool> pool;
        std::vector<std::unique_ptr<Sequence>> sequences;
        bool forgotten = false;
    };

    void loop(const std::stop_token& stop);
    void admit();
    [[nodiscard]] bool admit(Waiting& waiting);
    void restore(GenerationRequest& request, SessionPool::Lease& lease);
    static void keep(const Sequence& sequence);
    void step(Lane& lane);
    void decode(Lane& lane);
    void read(Lane& lane);
    void finish(Lane& lane);
    void endAll();
    [[nodiscard]] bool keepOne();

    engine::Runtime& m_runtime;
    const SchedulerOptions m_options;
    std::map<const engine::Model*, Lane> m_lanes;  // the engine's thread alone
    PrefixStore m_kept;                            // likewise
    bool m_mayKeep = false;                        // likewise: something was read since
    double m_readRate = 0.0;                       // tokens a second, lately

    mutable std::mutex m_mutex;  // guards what follows
    std::condition_variable_any m_wake;
    std::deque<Waiting> m_waiting;
    std::deque<Job> m_jobs;
    std::vector<const engine::Model*> m_forgotten;
    SchedulerCounts m_counts;
    bool m_ending = false;
    std::jthread m_thread;  // last: it uses what is above
};

}  // namespace alcove::app
