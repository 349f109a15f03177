// Tests for machines without Qt (cross compilers, emulators): named functions, CHECK, a summary.
//
//     void addsUp() { CHECK(1 + 1 == 2, "in ", "this universe"); }
//     int main(int argc, char** argv) {
//         return alcove::test::run(argc, argv, {{"addsUp", addsUp}});
//     }
//
// Arguments choose tests by a part of their names; none runs all of them.
#pragma once

#include <initializer_list>
#include <iostream>
#include <string_view>

namespace alcove::test {

struct Test {
    const char* name;
    void (*body)();
};

struct Tally {
    long checks = 0;
    long failures = 0;
    long skipped = 0;
};

inline Tally& tally() {
    static Tally counts;
    return counts;
}

template <typename... Parts>
void fail(const char* file, int line, const char* expression, const Parts&... details) {
    constexpr long kShown = 20;  // of each test program: enough to see the pattern
    if (++tally().failures > kShown) return;
    std::cout << file << ":" << line << ": " << expression << " does not hold ";
    static_cast<void>((std::cout << ... << details));
    std::cout << std::endl;
}

/// Says aloud that something could not be tested here.
inline void skip(std::string_view reason) {
    ++tally().skipped;
    std::cout << "SKIP: " << reason << std::endl;
}

inline int run(int argc, char** argv, std::initializer_list<Test> tests) {
    for (const Test& test : tests) {
        bool wanted = argc < 2;
        for (int i = 1; i < argc; ++i)
            wanted |= std::string_view(test.name).find(argv[i]) != std::string_view::npos;
        if (!wanted) continue;
        const Tally before = tally();
        test.body();
        const long failures = tally().failures - before.failures;
        std::cout << (failures ? "FAIL" : "ok  ") << "  " << test.name << " ("
                  << tally().checks - before.checks << " checks, " << failures << " failed)"
                  << std::endl;
    }
    const Tally& total = tally();
    std::cout << total.checks << " checks, " << total.failures << " failed, " << total.skipped
              << " skipped" << std::endl;
    const bool nothingRan = total.checks == 0 && total.skipped == 0;
    return total.failures != 0 || nothingRan ? 1 : 0;
}

}  // namespace alcove::test

/// CHECK(condition, details…): counts, and on failure prints the place, the condition and details.
#define CHECK(condition, ...)                                                              \
    do {                                                                                   \
        ++alcove::test::tally().checks;                                                    \
        if (!(condition))                                                                  \
            alcove::test::fail(__FILE__, __LINE__, #condition __VA_OPT__(, ) __VA_ARGS__); \
    } while (false)
