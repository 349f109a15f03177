// Hugging Face folders become GGUF files that this engine, and other readers of GGUF, load.
//
// A model folder holds config.json, a tokenizer (tokenizer.json; or tokenizer.model; or vocab.txt;
// or vocab.json with merges.txt) and safetensors, whole or in parts. Imported are bert, llama (and
// mistral), qwen2, qwen3 and gemma3. Keys, names, the order of values and fall-backs are those of
// llama.cpp's own converter, so the files are interchangeable; the exceptions are:
//   - general.name is made from the folder's name; of the model card only the licence is taken;
//   - an output matrix that config.json ties to the embedding is not stored a second time;
//   - a SentencePiece vocabulary that comes from tokenizer.json keeps the order of its merges.
//
// Everything read is foreign and checked. What cannot be carried over is refused with the name of
// the file and of the tensor or setting; nothing is written then, nor when the import is stopped:
// the output appears only when it is whole. Tensors are read, converted and written one at a time.
//
//     auto report = importModel("all-MiniLM-L6-v2", "all-MiniLM-L6-v2-f16.gguf");
//     if (!report) std::cerr << report.message();
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"

namespace alcove::engine {

struct ImportProgress {
    std::string_view tensor;  // about to be converted
    size_t tensorsDone = 0;
    size_t tensors = 0;
    uint64_t bytesDone = 0;  // of the checkpoint
    uint64_t bytes = 0;
};

struct ImportOptions {
    /// F32, F16, BF16, Q8_0, Q6_K or Q4_K, for the matrices. Vectors, norms, position and token
    /// type embeddings are F32 always. With Q4_K the output matrix (or the embedding that serves as
    /// one) is Q6_K. A row too short for the blocks of a type takes a wider type.
    std::string type = "F16";
    std::string name = {};  // general.name; empty: made from the folder's name
    std::function<void(const ImportProgress&)> progress = {};  // called on the importing thread
    std::stop_token stop = {};
    ThreadPool* pool = nullptr;  // null: the importing thread alone
};

struct ImportReport {
    std::string architecture;
    size_t tensors = 0;
    int64_t parameters = 0;
    uint64_t bytes = 0;              // of the file written
    std::vector<std::string> notes;  // what was left out, in words
};

/// Writes `out` from the model in `folder`.
[[nodiscard]] Result<ImportReport> importModel(const std::filesystem::path& folder,
                                               const std::filesystem::path& out,
                                               const ImportOptions& options = {});

/// Writes `out`, a LoRA adapter, from a PEFT folder (adapter_config.json and
/// adapter_model.safetensors). `base` is the GGUF of the model it was trained on: it gives the
/// architecture, and every update must have a weight of its shape there. The type is F32 unless
/// `options` says otherwise.
[[nodiscard]] Result<ImportReport> importAdapter(const std::filesystem::path& folder,
                                                 const std::filesystem::path& base,
                                                 const std::filesystem::path& out,
                                                 const ImportOptions& options = {.type = "F32"});

}  // namespace alcove::engine
