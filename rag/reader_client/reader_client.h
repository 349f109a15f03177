// Reads a file by a process of its own, alcove-reader, and gives back what it says. Whatever the
// file is, this ends: with a Document, or with a refusal that has a name (rag/refusal.h).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "rag/document.h"
#include "rag/refusal.h"

namespace alcove::rag {

struct ReadLimits {
    uint64_t memory = uint64_t{768} << 20;  // bytes, of the reader
    uint64_t output = uint64_t{256} << 20;  // bytes it may send
    std::chrono::seconds total{600};        // processor time, and time on the clock
    std::chrono::seconds silence{20};       // without anything new from it
    std::chrono::seconds ocrTotal{3600};    // instead of these, where scans are recognised
    std::chrono::seconds ocrSilence{120};
};

struct ReadOptions {
    std::string password;
    bool ocr = true;  // read scanned pages with Tesseract, where it is installed
    std::string ocrLanguage = "eng";
    ReadLimits limits;
    std::stop_token stop;
    std::function<void(uint32_t pages)> progress;  // called as pages come
    std::filesystem::path reader;                  // the program; empty: beside the running one
};

/// Safe to call from several threads at once. An error's message is "FILE: REASON: words", its
/// refusal is put where `refusal` points.
[[nodiscard]] Result<Document> readDocument(const std::filesystem::path& path,
                                            const ReadOptions& options = {},
                                            Refusal* refusal = nullptr);

/// A page of a PDF as a PNG file, `width` pixels wide.
[[nodiscard]] Result<std::string> renderPage(const std::filesystem::path& path, uint32_t page,
                                             uint32_t width, const ReadOptions& options = {});

/// Exactly where a range of a PDF page's text stands: a box for each line, or part of a line, that
/// it touches. Slower than Page::lines; for a passage that is shown.
[[nodiscard]] Result<std::vector<LineBox>> locate(const std::filesystem::path& path, uint32_t page,
                                                  TextRange range, const ReadOptions& options = {});

/// alcove-reader beside the running program.
[[nodiscard]] std::filesystem::path readerProgram();

}  // namespace alcove::rag
