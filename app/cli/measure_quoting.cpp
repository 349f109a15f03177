// How much computing ahead gains where a text repeats a passage of its prompt, and what it costs
// where it does not.
//
// A model that has read a passage twice and its beginning a third time goes on with the rest, even
// a small one: a copy that is as sure as that of a quotation in an answer. What it tells at a
// temperature about something else repeats little.
#include <algorithm>

#include "app/cli/measure.h"
#include "app/generation/generate.h"

namespace alcove::app {
using namespace engine;

namespace {

constexpr const char* kPassage =
    "The tenant tells the landlord of any damage to the roof, the windows or the pipes within "
    "fourteen days after noticing it, in writing. The landlord has the damage mended within sixty "
    "days and bears the cost, unless the tenant or a guest of the tenant caused it. While a room "
    "cannot be used, a fifth of the rent need not be paid. The rent is due on the third day of "
    "each month, to the account named in the annex; whoever pays later than the tenth day owes "
    "twelve in addition. Keys that were lost are replaced once, and the second time the lock is "
    "changed at the tenant's expense. In winter the stairs are kept free of snow from seven in the "
    "morning, by each household in turn, as the list beside the door says.\n";
constexpr const char* kBeginning = "The tenant tells the landlord of any damage to the roof,";
constexpr const char* kOther = "\nOnce upon a time, far away from any house, a young goat";

struct Task {
    const char* name;
    std::string prompt;
    float temperature;
    int64_t tokens;
};

Result<Generation> run(Session& session, const Task& task, std::span<const Token> prompt,
                       bool speculation, int64_t limit) {
    SamplingOptions sampling;
    sampling.temperature = task.temperature;
    sampling.seed = 1;
    session.truncate(0);  // the last token alone would differ from the last of a prompt
    GenerationOptions options;
    options.tokens = limit;
    options.speculation = speculation;
    return generate(session, sampling, prompt, options, {},
                    [](std::string_view) { return Result<void>(); });
}

}  // namespace

Result<std::vector<Continuation>> measureQuoting(const LoadedModel& loaded,
                                                 const ModelOptions& model,
                                                 const MeasureOptions& o) {
    const Tokenizer* tokenizer = loaded.model->tokenizer();
    if (!tokenizer)
        return fail("--quote needs a model that writes text, and ", loaded.model->info().name,
                    " has no vocabulary");
    ALCOVE_TRY(const auto session, openSession(loaded, model, 1024 + o.decode));
    const std::string passage = kPassage;
    const auto length = static_cast<int64_t>(tokenizer->encode(passage).size() -
                                             tokenizer->encode(kBeginning).size());
    std::vector<Continuation> out;
    for (const Task& task : {Task{"quote", passage + passage + kBeginning, 0.0f, length},
                             Task{"other", passage + kOther, 0.8f, o.decode}}) {
        const std::vector<Token> prompt = tokenizer->encode(task.prompt, {.addSpecial = true});
        Continuation result;
        result.name = task.name;
        std::vector<double> ahead, plain;
        for (int64_t round = 0; round <= o.repeat; ++round) {
            Generation made[2];
            for (const bool speculation : {false, true}) {
                ALCOVE_TRY(made[speculation],
                           run(*session, task, prompt, speculation, task.tokens));
            }
            if (made[0].text != made[1].text)
                return fail("computing ahead changed a text; this is a defect");
            if (round == 0) continue;
            const auto tokens = static_cast<double>(made[0].tokens);
            plain.push_back(tokens / made[0].seconds);
            ahead.push_back(tokens / made[1].seconds);
            result.tokens = made[1].tokens;
            result.drafted = made[1].speculation.drafted;
            result.accepted = made[1].speculation.accepted;
        }
        result.ahead = median(ahead);
        result.plain = median(plain);
        out.push_back(std::move(result));
    }
    return out;
}

}  // namespace alcove::app
