// Has never been compiled: the shape of it, to be finished on a Windows machine.
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <algorithm>
#include <thread>

#include "engine/base/child_process.h"

namespace alcove {
namespace {

class Handle {
public:
    explicit Handle(HANDLE handle = nullptr) : m_handle(handle) {}
    Handle(Handle&& other) noexcept : m_handle(std::exchange(other.m_handle, nullptr)) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(m_handle, other.m_handle);
        return *this;
    }
    ~Handle() {
        if (m_handle != nullptr && m_handle != INVALID_HANDLE_VALUE) CloseHandle(m_handle);
    }
    [[nodiscard]] HANDLE get() const { return m_handle; }

private:
    HANDLE m_handle;
};

std::string lastError() { return std::system_category().message(static_cast<int>(GetLastError())); }

/// As CommandLineToArgvW reads it back.
std::wstring quoted(const std::wstring& word) {
    std::wstring out = L"\"";
    size_t slashes = 0;
    for (const wchar_t c : word) {
        if (c == L'\\') {
            ++slashes;
            continue;
        }
        out.append(c == L'"' ? slashes * 2 + 1 : slashes, L'\\');
        slashes = 0;
        out += c;
    }
    return out.append(slashes * 2, L'\\') + L"\"";
}

std::wstring wide(const std::string& text) {
    return std::filesystem::path(std::u8string(text.begin(), text.end())).wstring();
}

}  // namespace

std::filesystem::path programFolder() {
    std::wstring name(32768, L'\0');
    const DWORD size = GetModuleFileNameW(nullptr, name.data(), static_cast<DWORD>(name.size()));
    return std::filesystem::path(name.substr(0, size)).parent_path();
}

std::string programName(const std::string& name) { return name + ".exe"; }

Result<void> startDetached(const std::filesystem::path& program,
                           const std::vector<std::string>& arguments) {
    std::wstring line = quoted(program.wstring());
    for (const std::string& word : arguments)
        line += L" " + quoted(std::filesystem::path(word).wstring());
    STARTUPINFOW startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION made{};
    if (!CreateProcessW(program.c_str(), line.data(), nullptr, nullptr, FALSE,
                        DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP, nullptr, nullptr, &startup,
                        &made))
        return fail(program.string(), " could not be started: ", lastError());
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    return {};
}

struct ChildProcess::State {
    Handle job, process, output;
};

ChildProcess::ChildProcess(std::unique_ptr<State> state) : m_state(std::move(state)) {}
ChildProcess::ChildProcess(ChildProcess&&) noexcept = default;
ChildProcess& ChildProcess::operator=(ChildProcess&&) noexcept = default;
ChildProcess::~ChildProcess() = default;  // closing the job ends the process

Result<ChildProcess> ChildProcess::start(const Setup& setup) {
    SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
    const Handle input(CreateFileW(setup.input.c_str(), GENERIC_READ,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                   &inherited, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr));
    if (input.get() == INVALID_HANDLE_VALUE) return fail(setup.input.string(), ": ", lastError());
    HANDLE readEnd = nullptr, writeEnd = nullptr;
    if (!CreatePipe(&readEnd, &writeEnd, &inherited, 0))
        return fail("no pipe could be made: ", lastError());
    auto state = std::make_unique<State>();
    state->output = Handle(readEnd);
    const Handle output(writeEnd);
    SetHandleInformation(readEnd, HANDLE_FLAG_INHERIT, 0);
    const Handle nowhere(CreateFileW(L"NUL", GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                     &inherited, OPEN_EXISTING, 0, nullptr));

    // One process, this much memory, no window station of ours, and gone when the job is closed.
    state->job = Handle(CreateJobObjectW(nullptr, nullptr));
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE |
                                              JOB_OBJECT_LIMIT_ACTIVE_PROCESS |
                                              JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
    limits.BasicLimitInformation.ActiveProcessLimit = 1;
    if (setup.memory != 0) {
        limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_PROCESS_MEMORY;
        limits.ProcessMemoryLimit = static_cast<SIZE_T>(setup.memory);
    }
    JOBOBJECT_BASIC_UI_RESTRICTIONS interface{};
    interface.UIRestrictionsClass = JOB_OBJECT_UILIMIT_ALL;
    if (!SetInformationJobObject(state->job.get(), JobObjectExtendedLimitInformation, &limits,
                                 sizeof(limits)) ||
        !SetInformationJobObject(state->job.get(), JobObjectBasicUIRestrictions, &interface,
                                 sizeof(interface)))
        return fail("the job could not be limited: ", lastError());

    std::wstring command = quoted(setup.program.wstring());
    for (const std::string& word : setup.arguments) command += L" " + quoted(wide(word));
    std::wstring variables;
    wchar_t* const ours = GetEnvironmentStringsW();
    for (const wchar_t* at = ours; *at != 0; at += wcslen(at) + 1)
        variables.append(at, wcslen(at) + 1);
    FreeEnvironmentStringsW(ours);
    for (const auto& [name, value] : setup.environment)
        variables += wide(name + "=" + value) + L'\0';
    variables += L'\0';

    STARTUPINFOW startup{};
    startup.cb = sizeof(startup);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = input.get();
    startup.hStdOutput = output.get();
    startup.hStdError = nowhere.get();
    PROCESS_INFORMATION process{};
    if (!CreateProcessW(setup.program.c_str(), command.data(), nullptr, nullptr, TRUE,
                        CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT,
                        variables.data(), nullptr, &startup, &process))
        return fail(setup.program.string(), " could not be started: ", lastError());
    state->process = Handle(process.hProcess);
    const Handle thread(process.hThread);
    if (!AssignProcessToJobObject(state->job.get(), process.hProcess)) {
        TerminateProcess(process.hProcess, 1);
        return fail("the process could not be limited: ", lastError());
    }
    ResumeThread(process.hThread);
    return ChildProcess(std::move(state));
}

Result<ChildProcess::Read> ChildProcess::read(std::span<char> into, Clock::time_point deadline,
                                              const std::stop_token& stop) {
    for (;;) {
        if (stop.stop_requested()) return Read{ReadEnd::Stopped, 0};
        if (Clock::now() >= deadline) return Read{ReadEnd::Deadline, 0};
        DWORD ready = 0;
        if (!PeekNamedPipe(m_state->output.get(), nullptr, 0, nullptr, &ready, nullptr))
            return Read{ReadEnd::End, 0};
        if (ready == 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            continue;
        }
        DWORD got = 0;
        const DWORD room = static_cast<DWORD>(std::min<size_t>(into.size(), 1 << 20));
        if (!ReadFile(m_state->output.get(), into.data(), room, &got, nullptr) || got == 0)
            return Read{ReadEnd::End, 0};
        return Read{ReadEnd::Data, got};
    }
}

ChildProcess::Exit ChildProcess::finish(Clock::time_point deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (WaitForSingleObject(m_state->process.get(), static_cast<DWORD>(std::clamp<int64_t>(
                                                        left, 0, 3'600'000))) != WAIT_OBJECT_0) {
        TerminateJobObject(m_state->job.get(), 1);
        return {Ended::Killed, 1};
    }
    DWORD code = 0;
    GetExitCodeProcess(m_state->process.get(), &code);
    const bool crashed = code >= 0xC0000000;  // NTSTATUS errors
    return {crashed ? Ended::Crashed : Ended::Exited, static_cast<int>(code)};
}

}  // namespace alcove
