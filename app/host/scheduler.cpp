#include "app/host/scheduler.h"

#include <algorithm>
#include <utility>

namespace alcove::app {
using namespace engine;

namespace {

using Clock = Sequence::Clock;
constexpr double kPiece = 0.12;                   // seconds that reading may hold answers up
constexpr int64_t kShortestPiece = 16;            // tokens
constexpr std::chrono::milliseconds kQuiet{500};  // before sessions are kept on disk
constexpr int64_t kWorthWaiting = 64;  // tokens that another request is about to have read

}  // namespace

Scheduler::Scheduler(Runtime& runtime, SchedulerOptions options)
    : m_runtime(runtime),
      m_options(std::move(options)),
      m_kept(m_options.keepIn, m_options.keepBytes),
      m_thread([this](const std::stop_token& stop) { loop(stop); }) {}

Scheduler::~Scheduler() { stop(); }

void Scheduler::stop() {
    m_thread.request_stop();
    if (m_thread.joinable()) m_thread.join();
}

int64_t Scheduler::contextLength(const Model& model) const {
    return contextLengthOf(m_options.session, model.info());
}

Scheduler::Submission Scheduler::submit(const std::shared_ptr<const Model>& model,
                                        GenerationRequest request) {
    using Refusal = Submission::Refusal;
    const auto refuse = [](Refusal refusal, const auto&... words) {
        return Submission{nullptr, refusal, concat(words...)};
    };
    const ModelInfo& info = model->info();
    if (!info.causal || !model->tokenizer())
        return refuse(Refusal::Invalid, "the model ", info.name, " does not write text");
    if (request.prompt.empty()) return refuse(Refusal::Invalid, "the prompt is empty");
    const int64_t room = contextLength(*model);
    if (static_cast<int64_t>(request.prompt.size()) > room)
        return refuse(Refusal::Invalid, "the prompt has ", request.prompt.size(),
                      " tokens and the context of ", info.name, " holds ", room);
    for (const Token token : request.prompt)
        if (token < 0 || token >= info.vocabulary)
            return refuse(Refusal::Invalid, "token ", token, " is outside the vocabulary of ",
                          info.vocabulary, " tokens");
    if (const auto valid = validate(request.sampling, static_cast<int32_t>(info.vocabulary));
        !valid)
        return refuse(Refusal::Invalid, valid.message());

    auto stream = std::make_shared<AnswerStream>();
    {
        const std::lock_guard lock(m_mutex);
        if (m_ending) return refuse(Refusal::Busy, "the engine is being shut down");
        if (m_waiting.size() >= m_options.queue) {
            ++m_counts.refused;
            return refuse(Refusal::Busy, m_waiting.size(),
                          " requests are waiting already; try again later");
        }
        ++m_counts.requests;
        m_waiting.push_back({model, std::move(request), stream, Clock::now(), false});
    }
    m_wake.notify_one();
    return {stream, Refusal::None, {}};
}

bool Scheduler::compute(const std::function<void()>& work) {
    std::future<bool> done;
    {
        const std::lock_guard lock(m_mutex);
        if (m_ending) return false;
        m_jobs.push_back({&work, {}});
        done = m_jobs.back().done.get_future();
    }
    m_wake.notify_one();
    return done.get();
}

void Scheduler::forget(const Model* model) {
    {
        const std::lock_guard lock(m_mutex);
        m_forgotten.push_back(model);
    }
    m_wake.notify_one();
}

SchedulerCounts Scheduler::counts() const {
    const std::lock_guard lock(m_mutex);
    SchedulerCounts counts = m_counts;
    counts.waiting = m_waiting.size();
    return counts;
}

void Scheduler::loop(const std::stop_token& stop) {
    for (;;) {
        const bool working =
            std::ranges::any_of(m_lanes, [](const auto& l) { return !l.second.sequences.empty(); });
        std::vector<const Model*> forgotten;
        std::optional<Job> job;
        {
            std::unique_lock lock(m_mutex);
            const auto awaited = [&] {
                return working || !m_waiting.empty() || !m_jobs.empty() || !m_forgotten.empty();
            };
            // What was read is written down while nothing else is to be done.
            if (m_mayKeep && !m_wake.wait_for(lock, stop, kQuiet, awaited)) {
                if (stop.stop_requested()) break;
                lock.unlock();
                m_mayKeep = keepOne();
                continue;
            }
            m_wake.wait(lock, stop, awaited);
            if (stop.stop_requested()) break;
            if (!m_jobs.empty()) {
                job.emplace(std::move(m_jobs.front()));
                m_jobs.pop_front();
            }
            forgotten = std::exchange(m_forgotten, {});
        }
        if (job) {
            (*job->work)();
            job->done.set_value(true);
        }
        for (const Model* model : forgotten)
            if (const auto lane = m_lanes.find(model); lane != m_lanes.end())
                lane->second.forgotten = true;
        admit();
        for (auto& [model, lane] : m_lanes) step(lane);
        std::erase_if(m_lanes, [](const auto& entry) {
            return entry.second.forgotten && entry.second.sequences.empty();
        });
        size_t inWork = 0;
        for (const auto& [model, lane] : m_lanes) inWork += lane.sequences.size();
        const std::lock_guard lock(m_mutex);
        m_counts.working = inWork;
    }
    endAll();
}

void Scheduler::endAll() {
    for (auto& [model, lane] : m_lanes) {
        for (const auto& sequence : lane.sequences) sequence->end(AnswerEnd::Cancelled);
        finish(lane);
    }
    m_lanes.clear();
    const std::lock_guard lock(m_mutex);
    m_ending = true;
    m_counts.cancelled += m_waiting.size();
    for (Waiting& waiting : m_waiting) waiting.stream->end({AnswerEnd::Cancelled, {}, {}, {}});
    for (Job& job : m_jobs) job.done.set_value(false);
    m_waiting.clear();
    m_jobs.clear();
}

/// Who waits stays in the queue, and counts against its bound, until its turn is there: only this
/// thread takes anybody out, and who comes meanwhile stands behind and moves nobody.
void Scheduler::admit() {
    std::vector<Waiting*> waiting;
    {
        const std::lock_guard lock(m_mutex);
        for (Waiting& one : m_waiting) waiting.push_back(&one);
    }
    for (Waiting* one : waiting) one->admitted = admit(*one);
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_waiting, [](const Waiting& one) { return one.admitted; });
}

/// True: it does not wait any more.
bool Scheduler::admit(Waiting& waiting) {
    const auto fail = [&](AnswerEnd end, const std::string& error) {
        {
            const std::lock_guard lock(m_mutex);
            ++(end == AnswerEnd::Failed ? m_counts.failed : m_counts.cancelled);
        }
        waiting.stream->end({end, {}, error, {}});
        return true;
    };
    if (waiting.stream->cancelled().stop_requested()) return fail(AnswerEnd::Cancelled, {});
    Lane& lane = m_lanes[waiting.model.get()];
    if (!lane.pool)
        lane.pool = std::make_unique<SessionPool>(waiting.model, m_runtime, m_options.session,
                                                  m_options.sequences);
    if (!lane.pool->hasFree()) return false;
    const std::vector<Token>& prompt = waiting.request.prompt;
    const int64_t held = lane.pool->held(prompt);
    for (const auto& other : lane.sequences) {
        if (!other->reading()) continue;
        const auto& ahead = other->request().prompt;
        const int64_t shared =
            std::mismatch(prompt.begin(), prompt.end(), ahead.begin(), ahead.end()).first -
            prompt.begin();
        if (shared >= held + kWorthWaiting) return false;
    }
    Result<SessionPool::Lease> lease = lane.pool->take(prompt);
    if (!lease) return fail(AnswerEnd::Failed, lease.message());
    restore(waiting.request, *lease);
    lane.sequences.push_back(std::make_unique<Sequence>(
        std::move(waiting.request), waiting.stream, *lease->session, lease->reused, waiting.asked));
    return true;
}

/// From a file, where that holds more of the prompt than the session.
void Scheduler::restore(GenerationRequest& request, SessionPool::Lease& lease) {
    std::error_code ignored;
    if (m_kept.restore(*lease.session, request.prompt, lease.reused)) {
        lease.reused = lease.session->truncate(commonTokens(request.prompt, *lease.session));
        lease.isSecret = false;
    }
    const auto held = static_cast<size_t>(lease.reused);
    if (held < request.keptTokens && std::filesystem::exists(request.keptIn, ignored) &&
        lease.session->restore(request.keptIn)) {
        lease.reused = lease.session->truncate(commonTokens(request.prompt, *lease.session));
        std::filesystem::last_write_time(request.keptIn,
                                         std::filesystem::file_time_type::clock::now(), ignored);
    }
    if (static_cast<size_t>(lease.reused) >= request.keptTokens) request.keptTokens = 0;
    request.isSecret = request.isSecret || lease.isSecret;
}

/// A session that is not kept yet. False: there is none.
bool Scheduler::keepOne() {
    for (const auto& [model, lane] : m_lanes) {
        if (!lane.pool) continue;
        for (const Session* session : lane.pool->idle())
            if (m_kept.wants(*session)) {
                m_kept.save(*session);
                return true;
            }
    }
    return false;
}

void Scheduler::forgetPrompts() {
    compute([&] {
        m_kept.forgetAll();
        for (auto& [model, lane] : m_lanes)
            if (lane.pool) lane.pool->shrink();
    });
}

/// Without the file the next question only takes longer.
void Scheduler::keep(const Sequence& sequence) {
    const std::filesystem::path& file = sequence.request().keptIn;
    std::error_code ignored;
    std::filesystem::create_directories(file.parent_path(), ignored);
    [[maybe_unused]] const Result<void> saved = sequence.session().save(file);
}

void Scheduler::step(Lane& lane) {
    for (const auto& sequence : lane.sequences)
        if (sequence->cancelled().stop_requested()) sequence->end(AnswerEnd::Cancelled);
    decode(lane);
    finish(lane);  // who is done does not wait for others' prompts
    read(lane);
    finish(lane);
}

/// The next token of every answer.
void Scheduler::decode(Lane& lane) {
    std::vector<Sequence*> answering;
    for (const auto& sequence : lane.sequences)
        if (!sequence->ended() && !sequence->reading() && sequence->choose())
            answering.push_back(sequence.get());
    if (answering.empty()) return;
    if (answering.size() == 1) {
        Sequence& alone = *answering.front();
        if (const Result<void> fed = alone.feedAlone(); !fed) {
            const bool cancelled = alone.cancelled().stop_requested();
            alone.end(cancelled ? AnswerEnd::Cancelled : AnswerEnd::Failed, fed.message());
        }
        return;
    }
    std::vector<Session::Step> steps;
    for (Sequence* sequence : answering)
        steps.push_back({&sequence->session(), sequence->chosen(), true});
    if (Session::feedTogether(steps, true)) return;
    // One of them cannot go on: the others shall.
    for (size_t i = 0; i < steps.size(); ++i)
        if (const auto fed = steps[i].session->feed(steps[i].tokens); !fed)
            answering[i]->end(AnswerEnd::Failed, fed.message());
}

/// A piece of the prompts, in equal shares.
void Scheduler::read(Lane& lane) {
    std::vector<Sequence*> reading;
    bool answering = false;
    for (const auto& sequence : lane.sequences) {
        if (sequence->ended()) continue;
        if (sequence->reading())
            reading.push_back(sequence.get());
        else
            answering = true;
    }
    if (reading.empty()) return;
    const int64_t batch = reading.front()->session().batch();
    int64_t budget = batch;
    if (answering && m_readRate > 0.0)
        budget = std::clamp(static_cast<int64_t>(m_readRate * kPiece), kShortestPiece, batch);
    // The shortest first, so that what they leave of their shares goes to the others.
    std::ranges::stable_sort(reading, {},
                             [&](const Sequence* s) { return s->toRead(batch).size(); });
    std::vector<Session::Step> steps;
    std::vector<Sequence*> readers;
    int64_t total = 0;
    for (size_t i = 0; i < reading.size() && total < budget; ++i) {
        const auto others = static_cast<int64_t>(reading.size() - i);
        const int64_t share = std::max((budget - total) / others, kShortestPiece);
        const auto tokens = reading[i]->toRead(std::min(share, batch));
        const bool last = reading[i]->left() == tokens.size();
        steps.push_back({&reading[i]->session(), tokens, last});
        readers.push_back(reading[i]);
        total += static_cast<int64_t>(tokens.size());
    }
    const Clock::time_point start = Clock::now();
    const std::stop_token stop = steps.size() == 1 ? readers[0]->cancelled() : std::stop_token{};
    if (Session::feedTogether(steps, false, stop)) {
        const double took = std::chrono::duration<double>(Clock::now() - start).count();
        const double rate = static_cast<double>(total) / std::max(took, 1e-6);
        m_readRate = m_readRate > 0.0 ? 0.7 * m_readRate + 0.3 * rate : rate;
        for (size_t i = 0; i < steps.size(); ++i)
            if (readers[i]->wasRead(steps[i].tokens.size())) keep(*readers[i]);
        return;
    }
    for (size_t i = 0; i < steps.size(); ++i) {
        const auto fed =
            steps[i].session->feed(steps[i].tokens, Logits::Last, readers[i]->cancelled());
        if (fed) {
            if (readers[i]->wasRead(steps[i].tokens.size())) keep(*readers[i]);
            continue;
        }
        const bool cancelled = readers[i]->cancelled().stop_requested();
        readers[i]->end(cancelled ? AnswerEnd::Cancelled : AnswerEnd::Failed, fed.message());
    }
}

/// Frees and counts what has ended, and only then tells who asked.
void Scheduler::finish(Lane& lane) {
    const auto ended = std::stable_partition(lane.sequences.begin(), lane.sequences.end(),
                                             [](const auto& s) { return !s->ended(); });
    if (ended == lane.sequences.end()) return;
    std::vector<std::unique_ptr<Sequence>> done(std::make_move_iterator(ended),
                                                std::make_move_iterator(lane.sequences.end()));
    lane.sequences.erase(ended, lane.sequences.end());
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& sequence : done) {
            lane.pool->giveBack(&sequence->session(), sequence->request().isSecret);
            m_mayKeep = m_kept.enabled();
            const AnswerUsage& usage = sequence->usage();
            m_counts.promptTokens += static_cast<uint64_t>(usage.promptTokens);
            m_counts.reusedTokens += static_cast<uint64_t>(usage.reusedTokens);
            m_counts.answerTokens += static_cast<uint64_t>(usage.answerTokens);
            m_counts.cancelled += sequence->ending() == AnswerEnd::Cancelled ? 1 : 0;
            m_counts.failed += sequence->ending() == AnswerEnd::Failed ? 1 : 0;
        }
    }
    for (const auto& sequence : done) sequence->tell();
}

}  // namespace alcove::app
