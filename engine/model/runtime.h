// What every computation borrows: the threads, and the kernels chosen at start. One a process is
// enough; it is passed in, never global. One thread at a time computes with it.
#pragma once

#include <memory>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/cpu/kernels.h"

namespace alcove::engine {

class Runtime {
public:
    /// `threads` below 1: one for each core. `cpu` as ALCOVE_CPU: empty for the best.
    static Result<std::unique_ptr<Runtime>> create(int threads, std::string_view cpu) {
        ALCOVE_TRY(const Kernels* kernels, selectKernels(cpu));
        return std::unique_ptr<Runtime>(new Runtime(threads, *kernels));
    }

    [[nodiscard]] ThreadPool& pool() { return m_pool; }
    [[nodiscard]] const Kernels& kernels() const { return *m_kernels; }

private:
    Runtime(int threads, const Kernels& kernels) : m_pool(threads), m_kernels(&kernels) {}

    ThreadPool m_pool;
    const Kernels* m_kernels;
};

}  // namespace alcove::engine
