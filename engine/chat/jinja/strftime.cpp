// Python's strftime in the C locale, on local time.
#include <array>
#include <ctime>

#include "engine/chat/jinja/runtime.h"

namespace alcove::engine::jinja {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

std::tm localTime(std::time_t time) {
    std::tm result{};
#ifdef _WIN32
    localtime_s(&result, &time);
#else
    localtime_r(&time, &result);
#endif
    return result;
}

/// `pad` is what fills up to `width`; 0 for nothing.
std::string number(int value, size_t width, char pad) {
    std::string digits = std::to_string(value);
    if (pad != 0 && digits.size() < width) digits.insert(0, width - digits.size(), pad);
    return digits;
}

int isoWeek(const std::tm& t) {
    const int weekday = (t.tm_wday + 6) % 7;  // Monday is 0
    const int week = (t.tm_yday - weekday + 10) / 7;
    const auto weeksIn = [](int year) {
        const auto lastDay = [](int y) { return (y + y / 4 - y / 100 + y / 400) % 7; };
        return lastDay(year) == 4 || lastDay(year - 1) == 3 ? 53 : 52;
    };
    const int year = t.tm_year + 1900;
    if (week < 1) return weeksIn(year - 1);
    return week > weeksIn(year) ? 1 : week;
}

class Formatter {
public:
    Formatter(const std::tm& t, int64_t seconds, int micros)
        : m_time(t), m_seconds(seconds), m_micros(micros) {}

    /// One directive; false if there is no such.
    bool append(std::string& out, char code, char flag) const {
        const std::tm& t = m_time;
        const char zero = flag == '-' ? '\0' : flag == '_' ? ' ' : '0';
        const char blank = flag == '-' ? '\0' : flag == '0' ? '0' : ' ';
        const int hour12 = t.tm_hour % 12 == 0 ? 12 : t.tm_hour % 12;
        switch (code) {
            case 'Y':
                out += std::to_string(t.tm_year + 1900);
                break;
            case 'C':
                out += number((t.tm_year + 1900) / 100, 2, zero);
                break;
            case 'y':
                out += number(t.tm_year % 100, 2, zero);
                break;
            case 'm':
                out += number(t.tm_mon + 1, 2, zero);
                break;
            case 'd':
                out += number(t.tm_mday, 2, zero);
                break;
            case 'e':
                out += number(t.tm_mday, 2, blank);
                break;
            case 'H':
                out += number(t.tm_hour, 2, zero);
                break;
            case 'I':
                out += number(hour12, 2, zero);
                break;
            case 'k':
                out += number(t.tm_hour, 2, blank);
                break;
            case 'l':
                out += number(hour12, 2, blank);
                break;
            case 'M':
                out += number(t.tm_min, 2, zero);
                break;
            case 'S':
                out += number(t.tm_sec, 2, zero);
                break;
            case 'f':
                out += number(m_micros, 6, '0');
                break;
            case 'j':
                out += number(t.tm_yday + 1, 3, zero);
                break;
            case 'p':
                out += t.tm_hour < 12 ? "AM" : "PM";
                break;
            case 'P':
                out += t.tm_hour < 12 ? "am" : "pm";
                break;
            case 'A':
                out += kDays[static_cast<size_t>(t.tm_wday)];
                break;
            case 'a':
                out += kDays[static_cast<size_t>(t.tm_wday)].substr(0, 3);
                break;
            case 'B':
                out += kMonths[static_cast<size_t>(t.tm_mon)];
                break;
            case 'b':
            case 'h':
                out += kMonths[static_cast<size_t>(t.tm_mon)].substr(0, 3);
                break;
            case 'u':
                out += std::to_string(t.tm_wday == 0 ? 7 : t.tm_wday);
                break;
            case 'w':
                out += std::to_string(t.tm_wday);
                break;
            case 'U':
                out += number((t.tm_yday + 7 - t.tm_wday) / 7, 2, zero);
                break;
            case 'W':
                out += number((t.tm_yday + 7 - (t.tm_wday + 6) % 7) / 7, 2, zero);
                break;
            case 'V':
                out += number(isoWeek(t), 2, zero);
                break;
            case 's':
                out += std::to_string(m_seconds);
                break;
            case 'F':
                several(out, "%Y-%m-%d");
                break;
            case 'D':
            case 'x':
                several(out, "%m/%d/%y");
                break;
            case 'T':
            case 'X':
                several(out, "%H:%M:%S");
                break;
            case 'R':
                several(out, "%H:%M");
                break;
            case 'r':
                several(out, "%I:%M:%S %p");
                break;
            case 'c':
                several(out, "%a %b %e %H:%M:%S %Y");
                break;
            case 'n':
                out += '\n';
                break;
            case 't':
                out += '\t';
                break;
            case 'z':
            case 'Z':
                break;  // Python's datetime.now() knows no time zone
            case '%':
                out += '%';
                break;
            default:
                return false;
        }
        return true;
    }

    void several(std::string& out, std::string_view format) const {
        for (size_t i = 0; i < format.size(); ++i) {
            if (format[i] != '%' || i + 1 >= format.size()) {
                out += format[i];
                continue;
            }
            const size_t from = i++;
            char flag = '\0';
            if ((format[i] == '-' || format[i] == '_' || format[i] == '0') &&
                i + 1 < format.size()) {
                flag = format[i++];
            }
            if (!append(out, format[i], flag)) out += format.substr(from, i - from + 1);
        }
    }

private:
    const std::tm& m_time;
    int64_t m_seconds;
    int m_micros;
};

}  // namespace

std::string formatTime(std::string_view format, std::chrono::system_clock::time_point time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - whole).count();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
    const std::tm local = localTime(seconds);
    std::string out;
    Formatter(local, static_cast<int64_t>(seconds), static_cast<int>(micros)).several(out, format);
    return out;
}

}  // namespace alcove::engine::jinja
